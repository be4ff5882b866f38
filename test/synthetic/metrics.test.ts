import { describe, expect, test } from 'vitest'
import { ML_METRICS } from '../../src/domain/metric.ts'
import { DAY_MS, HOUR_MS } from '../../src/domain/time.ts'
import { RandomStream } from '../../src/stats/random.ts'
import { archetypesOf } from '../../src/synthetic/archetypes.ts'
import { thingsOf } from '../../src/synthetic/fleet.ts'
import { generateFleet } from '../../src/synthetic/generate.ts'
import { SLOT } from '../../src/synthetic/metrics.ts'
import { ALL_METRICS, type FleetOptions, fleetOptions } from '../../src/synthetic/options.ts'
import { eachRow } from './fleet-rows.ts'

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function deviation(values: readonly number[]): number {
  const middle = mean(values)
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)))
}

/** Values of one metric by thing. */
function valuesOf(options: Partial<FleetOptions>, metric: string): Map<number, number[]> {
  const byThing = new Map<number, number[]>()
  eachRow({ ...options, metrics: [metric] }, ({ thing, value }) => {
    const own = byThing.get(thing)
    if (own === undefined) byThing.set(thing, [value])
    else own.push(value)
  })
  return byThing
}

function allValues(options: Partial<FleetOptions>, metric: string): number[] {
  return [...valuesOf(options, metric).values()].flat()
}

const CLEAN: Partial<FleetOptions> = {
  seed: 5,
  fleet: 'uniform',
  things: 100,
  days: 5,
  clean: true,
  incidents: false,
}

test('slots are the order of the ML metrics', () => {
  const short = {
    authorizationFailures: 'num-authorization-failures',
    connectionAttempts: 'num-connection-attempts',
    disconnects: 'num-disconnects',
    messageSize: 'message-byte-size',
    sent: 'num-messages-sent',
    received: 'num-messages-received',
    bytesOut: 'all-bytes-out',
    bytesIn: 'all-bytes-in',
    packetsOut: 'all-packets-out',
    packetsIn: 'all-packets-in',
    tcpPorts: 'num-listening-tcp-ports',
    udpPorts: 'num-listening-udp-ports',
    connections: 'num-established-tcp-connections',
  }
  for (const [name, slot] of Object.entries(SLOT)) {
    expect(ML_METRICS[slot]!.name).toBe(`aws:${short[name as keyof typeof short]}`)
  }
  expect(Object.keys(SLOT)).toHaveLength(ML_METRICS.length)
})

describe('normal behavior', () => {
  test('authorization failures are rare, and come more than one at a time', () => {
    const values = allValues({ ...CLEAN, things: 400 }, 'aws:num-authorization-failures')
    const positive = values.filter((value) => value > 0)
    // 95 % of the things fail in 1.5 % of the steps, 5 % in 10 %; about 1 + (1 - p) / p at once.
    expect(positive.length / values.length).toBeGreaterThan(0.016)
    expect(positive.length / values.length).toBeLessThan(0.023)
    expect(mean(positive)).toBeGreaterThan(1.62)
    expect(mean(positive)).toBeLessThan(1.72)
  })

  test('disconnects: 0.05 per step, but for the few that flap at night', () => {
    const rates = [...valuesOf({ ...CLEAN, things: 400 }, 'aws:num-disconnects').values()].map(mean)
    const flapping = rates.filter((rate) => rate > 0.2)
    const steady = rates.filter((rate) => rate <= 0.2)
    expect(Math.abs(mean(steady) - 0.05)).toBeLessThan(0.002)
    expect(flapping.length / rates.length).toBeGreaterThan(0.01)
    expect(flapping.length / rates.length).toBeLessThan(0.08)
    // A third of the day at 1.2.
    expect(Math.abs(mean(flapping) - (0.05 * 16 + 1.2 * 8) / 24)).toBeLessThan(0.03)
  })

  test('background in: lognormal with the season’s mean', () => {
    const values = allValues({ ...CLEAN, days: 2 }, 'aws:all-bytes-in').filter((v) => v < 9e6)
    // e^(8 + 0.9^2 / 2) times the season, whose mean is 1.
    const expected = Math.exp(8 + 0.405)
    expect(Math.abs(mean(values) / expected - 1)).toBeLessThan(0.06)
  })

  test('connections: one, and each of four more a fifth of the time', () => {
    const values = allValues({ ...CLEAN, days: 1 }, 'aws:num-established-tcp-connections')
    expect(Math.min(...values)).toBe(1)
    expect(Math.max(...values)).toBe(5)
    expect(Math.abs(mean(values) - 1.8)).toBeLessThan(0.06)
  })

  test('ports are constant, but for one more on rare occasions', () => {
    const options = { ...CLEAN, things: 200, days: 15 }
    let more = 0
    for (const values of valuesOf(options, 'aws:num-listening-tcp-ports').values()) {
      const usual = Math.min(...values)
      expect([1, 2, 3, 5]).toContain(usual)
      expect(Math.max(...values)).toBeLessThanOrEqual(usual + 1)
      let run = 0
      let longest = 0
      for (const value of values) {
        run = value > usual ? run + 1 : 0
        if (run === 1) more++
        longest = Math.max(longest, run)
      }
      // Two that follow one another, if chance will have it.
      expect(longest).toBeLessThan(7)
    }
    // 200 things, 15 days, once in 30 days.
    expect(more).toBeGreaterThan(65)
    expect(more).toBeLessThan(135)
  })

  test('messages sent and received rise and fall together', () => {
    const metrics = ['aws:num-messages-sent', 'aws:num-messages-received']
    const correlations: number[] = []
    const rows = new Map<number, [number[], number[]]>()
    eachRow({ ...CLEAN, fleet: 'mixed', metrics }, ({ thing, metric, value }) => {
      const own = rows.get(thing) ?? [[], []]
      rows.set(thing, own)
      own[metric === metrics[0] ? 0 : 1].push(value)
    })
    for (const [sent, received] of rows.values()) {
      // Where counts are small their own noise hides what they share.
      if (mean(sent) < 20 || mean(received) < 10) continue
      const product =
        mean(sent.map((value, i) => value * received[i]!)) - mean(sent) * mean(received)
      correlations.push(product / (deviation(sent) * deviation(received)))
    }
    expect(correlations.length).toBeGreaterThan(5)
    expect(mean(correlations)).toBeGreaterThan(0.5)
    expect(mean(correlations)).toBeLessThan(0.85)
  })

  test('the message size is a tenth of the time eight times as large', () => {
    const shares: number[] = []
    for (const values of valuesOf(CLEAN, 'aws:message-byte-size').values()) {
      const median = [...values].sort((a, b) => a - b)[values.length >> 1]!
      expect(median).toBeGreaterThan(100)
      expect(median).toBeLessThan(5_000)
      shares.push(values.filter((value) => value > 3 * median).length / values.length)
    }
    expect(Math.abs(mean(shares) - 0.1)).toBeLessThan(0.01)
  })

  test('weekends are quieter where the archetype keeps them', () => {
    let quieter = 0
    for (let seed = 1; seed <= 12; seed++) {
      const options = fleetOptions({ ...CLEAN, seed, things: 40, days: 7 })
      const [archetype] = archetypesOf(options, new RandomStream(seed))
      const week: number[] = []
      const weekend: number[] = []
      eachRow({ ...options, metrics: ['aws:all-bytes-in'] }, ({ time, value }) => {
        if (value > 9e6) return
        const day = new Date(time).getUTCDay()
        if (day === 0 || day === 6) weekend.push(value)
        else week.push(value)
      })
      const ratio = mean(weekend) / mean(week)
      if (archetype!.weekend < 1) quieter++
      // Zones move the days' bounds by hours: so it is a little nearer to 1.
      expect(Math.abs(ratio - archetype!.weekend)).toBeLessThan(0.12)
    }
    expect(quieter).toBeGreaterThan(3)
    expect(quieter).toBeLessThan(12)
  })

  test('a mixed fleet’s archetypes lie a hundred times apart, a uniform one has one', () => {
    const scales = archetypesOf(fleetOptions({}), new RandomStream(1)).map(({ scale }) => scale)
    expect(scales).toHaveLength(4)
    expect(Math.max(...scales) / Math.min(...scales)).toBeCloseTo(100)
    const uniform = fleetOptions({ fleet: 'uniform' })
    expect(archetypesOf(uniform, new RandomStream(1))).toHaveLength(1)
  })
})

describe('things', () => {
  const options = fleetOptions({ things: 20_000, seed: 3 })
  const random = new RandomStream(3)
  const archetypes = archetypesOf(options, random)
  const things = thingsOf(options, archetypes, random)
  const share = (test: (thing: number) => boolean) =>
    Array.from({ length: 20_000 }, (_, thing) => thing).filter(test).length / 20_000

  test('levels are lognormal with a heavy tail, amplitudes Beta(2, 3)', () => {
    const logs = [...things.level].map(Math.log)
    expect(Math.abs(mean(logs) - 0.03 / 1.5)).toBeLessThan(0.02)
    expect(Math.abs(mean([...things.amplitude]) - 0.4)).toBeLessThan(0.01)
    expect(share((thing) => things.level[thing]! > Math.exp(4 * 0.6))).toBeGreaterThan(0.001)
  })

  test('flapping, sparse, sleeping and misled things are as few as planned', () => {
    expect(Math.abs(share((i) => things.flaps[i] === 1) - 0.04)).toBeLessThan(0.007)
    expect(Math.abs(share((i) => things.every[i] === 9) - 0.03)).toBeLessThan(0.006)
    expect(Math.abs(share((i) => things.sleeps[i] === 1) - 0.02)).toBeLessThan(0.005)
    const hourOff = share((i) => Math.abs(things.offset[i]! - things.arrival[i]!) > HOUR_MS / 2)
    expect(Math.abs(hourOff - 0.01)).toBeLessThan(0.004)
  })

  test('zones and archetypes have their shares', () => {
    for (const [zone, part] of [0.6, 0.25, 0.15].entries()) {
      expect(Math.abs(share((i) => things.zone[i] === zone) - part)).toBeLessThan(0.015)
    }
    for (const [index, { weight }] of archetypes.entries()) {
      expect(Math.abs(share((i) => things.archetype[i] === index) - weight)).toBeLessThan(0.015)
    }
  })
})

describe('imperfection', () => {
  const options: Partial<FleetOptions> = { seed: 8, things: 300, days: 4, incidents: false }
  const metrics = [ALL_METRICS[6]!]

  test('a small part is lost, repeated, late or reset', () => {
    const fleet = generateFleet({ ...options, metrics })
    const clean = generateFleet({ ...options, metrics, clean: true })
    const seen = new Set<string>()
    const latest = new Map<number, number>()
    let rows = 0
    let repeated = 0
    let late = 0
    let zeros = 0
    for (const chunk of fleet.chunks()) {
      for (let i = 0; i < chunk.rows; i++) {
        const thing = chunk.thing[i]!
        const time = chunk.time[i]!
        const key = `${thing} ${time}`
        rows++
        if (seen.has(key)) repeated++
        else if (time < (latest.get(thing) ?? 0)) late++
        seen.add(key)
        latest.set(thing, Math.max(time, latest.get(thing) ?? 0))
        if (chunk.value[i] === 0) zeros++
      }
    }
    let complete = 0
    for (const chunk of clean.chunks()) complete += chunk.rows
    expect(complete).toBe(300 * 288 * 4)
    // Sparse and sleeping things make up 3.2 %, outages 0.4 %, losses 0.5 %.
    const missing = 1 - seen.size / complete
    expect(missing).toBeGreaterThan(0.015)
    expect(missing).toBeLessThan(0.08)
    expect(Math.abs(repeated / rows - 0.002)).toBeLessThan(0.0006)
    // 1.6 % is late; where nothing was sent in between, that does not show.
    expect(late / rows).toBeGreaterThan(0.011)
    expect(late / rows).toBeLessThan(0.018)
    const resets = zeros / (300 * 4)
    expect(resets).toBeGreaterThan(0.03)
    expect(resets).toBeLessThan(0.08)
  })

  test('late rows come later, with the time they were sent at', () => {
    let sixHours = 0
    let worst = 0
    const newest = new Map<number, number>()
    eachRow({ ...options, metrics }, ({ thing, time }) => {
      const behind = (newest.get(thing) ?? time) - time
      if (behind > 5.5 * HOUR_MS && behind < 6.5 * HOUR_MS) sixHours++
      worst = Math.max(worst, behind)
      newest.set(thing, Math.max(time, newest.get(thing) ?? 0))
    })
    expect(worst).toBeLessThan(DAY_MS)
    // 0.1 % of 340,000.
    expect(sixHours).toBeGreaterThan(200)
    expect(sixHours).toBeLessThan(480)
  })
})
