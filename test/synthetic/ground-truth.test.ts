import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS } from '../../src/domain/time.ts'
import { generateFleet } from '../../src/synthetic/generate.ts'
import type { GroundTruth, Label } from '../../src/synthetic/ground-truth.ts'
import { FLEET_SUITES, type FleetOptions } from '../../src/synthetic/options.ts'
import { SCRIPT_NAMES, STRENGTHS } from '../../src/synthetic/scripts.ts'
import { eachRow, eachTwin, type TwinRow } from './fleet-rows.ts'

/** Labels by thing, with the labelled rows counted. */
interface Watched extends Label {
  rows: number
  changed: number
  /** Rows whose normal value is not 0. */
  nonZero: number
}

function watch(labels: readonly Label[]): Map<string, Watched[]> {
  const byThing = new Map<string, Watched[]>()
  for (const label of labels) {
    if (label.kind === 'benign') continue
    const own = byThing.get(label.thing) ?? []
    own.push({ ...label, rows: 0, changed: 0, nonZero: 0 })
    byThing.set(label.thing, own)
  }
  return byThing
}

/** Compares the fleet with its twin; every difference must be labelled. */
function compare(
  options: Partial<FleetOptions>,
  visit: (row: TwinRow, label: Watched) => void = () => {},
) {
  const { labels } = generateFleet(options).groundTruth()
  const byThing = watch(labels)
  eachTwin(options, (row) => {
    const label = byThing
      .get(row.thing)
      ?.find(
        ({ metric, start, end }) => metric === row.metric && start <= row.time && row.time <= end,
      )
    if (label === undefined) {
      if (row.value !== row.normal) throw new Error(`unlabelled: ${JSON.stringify(row)}`)
      return
    }
    label.rows++
    if (row.value !== row.normal) label.changed++
    if (row.normal !== 0) label.nonZero++
    visit(row, label)
  })
  return [...byThing.values()].flat()
}

const WEEK: Partial<FleetOptions> = { days: 8, trainingDays: 1, cadenceMs: 900_000 }

describe('incidents change what is labelled and nothing else', () => {
  test.each([
    { seed: 1, things: 150, days: 8, trainingDays: 1 },
    { ...WEEK, seed: 4, things: 600 },
    { ...WEEK, seed: 5, things: 300, clean: true, fleet: 'uniform' as const },
    { ...WEEK, seed: 6, things: 300, fleet: 'sparse' as const },
  ])('%j', (options) => {
    const watched = compare(options)
    expect(watched.length).toBeGreaterThan(20)
    for (const label of watched) {
      expect(label.rows, JSON.stringify(label)).toBeGreaterThan(0)
      // A thing that says nothing anyway does not fall silent.
      const mute = label.script === 'silent-device' && label.nonZero === 0
      if (!mute) expect(label.changed, JSON.stringify(label)).toBeGreaterThan(0)
    }
  })

  test('in any small fleet', () => {
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.maxSafeNat(),
          fleet: fc.constantFrom(...FLEET_SUITES),
          things: fc.integer({ min: 1, max: 60 }),
          days: fc.constantFrom(2, 9),
          trainingDays: fc.constantFrom(0, 1),
          clean: fc.boolean(),
          cadenceMs: fc.constant(3_600_000),
        }),
        (options) => {
          for (const label of compare(options)) expect(label.rows).toBeGreaterThan(0)
        },
      ),
      { numRuns: 30 },
    )
  })

  test('loud ones change nearly every datapoint they last for', () => {
    const watched = compare({ ...WEEK, seed: 2, things: 600 })
    const loud = watched.filter(
      ({ strength, kind, script }) =>
        strength === 'loud' &&
        kind === 'anomaly' &&
        !['ddos-botnet', 'silent-device'].includes(script),
    )
    expect(loud.length).toBeGreaterThan(10)
    for (const label of loud) {
      // Resets of the counters leave a zero behind, whatever happens.
      expect(label.changed, JSON.stringify(label)).toBeGreaterThanOrEqual(label.rows * 0.9 - 1)
    }
  })
})

describe('effects are as strong as their script says', () => {
  const FACTORS: Record<string, Record<string, [number, number, number]>> = {
    'message-flood': { 'aws:num-messages-sent': [50, 8, 3] },
    'command-abuse': { 'aws:num-messages-received': [30, 6, 2.5] },
    scan: { 'aws:all-packets-out': [60, 10, 3], 'aws:all-bytes-out': [6, 2, 1.2] },
    'silent-device': { 'aws:num-messages-sent': [0, 0.1, 0.4] },
  }
  const ADDED: Record<string, Record<string, [number, number, number]>> = {
    'credential-brute-force': {
      'aws:num-authorization-failures': [60, 12, 2],
      'aws:num-connection-attempts': [60, 12, 2],
    },
    'firmware-regression': {
      'aws:num-disconnects': [8, 2, 0.5],
      'aws:num-connection-attempts': [8, 2, 0.5],
    },
    'duplicated-identity': {
      'aws:num-disconnects': [12, 4, 1],
      'aws:num-connection-attempts': [12, 4, 1],
    },
    scan: { 'aws:num-established-tcp-connections': [100, 20, 5] },
    backdoor: {
      'aws:num-listening-tcp-ports': [1, 1, 1],
      'aws:num-established-tcp-connections': [1, 1, 1],
    },
  }

  test('factors and additions', () => {
    const ratios = new Map<string, number[]>()
    const sums = new Map<string, number[]>()
    const keep = (map: Map<string, number[]>, key: string, value: number) => {
      const values = map.get(key)
      if (values === undefined) map.set(key, [value])
      else values.push(value)
    }
    const things = 450
    const metrics = [
      ...new Set([...Object.values(FACTORS), ...Object.values(ADDED)].flatMap(Object.keys)),
    ]
    const options = { seed: 3, things, days: 8, trainingDays: 1, clean: true, metrics }
    compare(options, (row, label) => {
      const { script, metric, strength } = label
      const key = `${script} ${metric} ${strength}`
      if (FACTORS[script]?.[metric] !== undefined && row.normal >= 500) {
        keep(ratios, key, row.value / row.normal)
      }
      if (ADDED[script]?.[metric] !== undefined) keep(sums, key, row.value - row.normal)
    })
    let checked = 0
    for (const [key, found] of ratios) {
      const [script, metric, strength] = key.split(' ')
      const factor = FACTORS[script!]![metric!]![STRENGTHS.indexOf(strength as never)]!
      for (const ratio of found) expect(Math.abs(ratio - factor), key).toBeLessThan(0.15)
      checked++
    }
    for (const [key, found] of sums) {
      const [script, metric, strength] = key.split(' ')
      const added = ADDED[script!]![metric!]![STRENGTHS.indexOf(strength as never)]!
      const mean = found.reduce((sum, value) => sum + value, 0) / found.length
      const error = 6 * Math.sqrt(Math.max(1, added) / found.length)
      expect(Math.abs(mean - added), `${key} ${mean}`).toBeLessThan(error + 0.05)
      checked++
    }
    expect(checked).toBeGreaterThan(10)
  })
})

describe('labels', () => {
  const seeds = Array.from({ length: 12 }, (_, i) => i + 1)
  const truths: GroundTruth[] = seeds.map((seed) => generateFleet({ seed }).groundTruth())

  test('of different events never overlap on a thing', () => {
    for (const { labels } of truths) {
      const last = new Map<string, Label>()
      for (const label of labels) {
        expect(label.end).toBeGreaterThanOrEqual(label.start)
        const before = last.get(label.thing)
        last.set(label.thing, label)
        if (before === undefined) continue
        const sameEvent = before.script === label.script && before.start === label.start
        if (sameEvent) expect(before.metric).not.toBe(label.metric)
        else expect(label.start).toBeGreaterThan(before.end)
      }
    }
  })

  test('lie in the evaluated days and name things and metrics of the fleet', () => {
    for (const { labels, evaluateFrom } of truths) {
      for (const { thing, start, end } of labels) {
        expect(start).toBeGreaterThanOrEqual(evaluateFrom[thing]!)
        expect(end).toBeLessThan(evaluateFrom[thing]! + 7 * DAY_MS)
      }
    }
  })

  test('one incident per thing and 40 days, and at least 97 % of the time is clean', () => {
    let incidents = 0
    let time = 0
    const thingDays = seeds.length * 200 * 7
    for (const { labels } of truths) {
      const seen = new Set<string>()
      for (const { kind, thing, script, start, end } of labels) {
        const key = `${thing} ${script} ${start}`
        if (kind !== 'anomaly' || seen.has(key)) continue
        seen.add(key)
        incidents++
        time += end - start
      }
    }
    expect(incidents / thingDays).toBeGreaterThan(1 / 40 / 1.15)
    expect(incidents / thingDays).toBeLessThan(1.15 / 40)
    expect(time / (thingDays * DAY_MS)).toBeLessThan(0.03)
  })

  test('all ten scripts come in all three strengths', () => {
    const large = generateFleet({ things: 3_000 }).groundTruth()
    const found = new Set<string>()
    for (const { labels } of [...truths, large]) {
      for (const { kind, script, strength } of labels) {
        if (kind === 'anomaly') found.add(`${script} ${strength}`)
      }
    }
    const all = SCRIPT_NAMES.flatMap((name) => STRENGTHS.map((strength) => `${name} ${strength}`))
    expect([...found].sort()).toEqual(all.sort())
  })

  test('a default fleet has each of the ten scripts', () => {
    const scripts = truths[0]!.labels.filter(({ kind }) => kind === 'anomaly')
    expect(new Set(scripts.map(({ script }) => script))).toEqual(new Set(SCRIPT_NAMES))
  })

  test('incidents last as long as their script says', () => {
    for (const { labels } of truths) {
      for (const { script, start, end, kind } of labels) {
        if (kind !== 'anomaly') continue
        expect(end - start).toBeLessThanOrEqual(5 * DAY_MS)
        if (script === 'message-flood') expect(end - start).toBeLessThanOrEqual(3 * HOUR_MS)
        if (script === 'slow-exfiltration') expect(end - start).toBeGreaterThan(1.8 * DAY_MS)
      }
    }
  })

  test('without incidents only benign ones are left', () => {
    const { labels } = generateFleet({ incidents: false }).groundTruth()
    expect(labels.length).toBeGreaterThan(0)
    for (const { kind, strength } of labels) {
      expect(kind).toBe('benign')
      expect(strength).toBeNull()
    }
  })

  test('the kinds of hard negatives all occur, and roll-outs in about a third of the fleets', () => {
    const found = new Map<string, number>()
    for (let seed = 1; seed <= 60; seed++) {
      const { labels } = generateFleet({ seed, things: 40 }).groundTruth()
      const scripts = new Set(labels.filter((l) => l.kind === 'benign').map((l) => l.script))
      for (const script of scripts) found.set(script, (found.get(script) ?? 0) + 1)
    }
    expect([...found.keys()].sort()).toEqual([
      'clock-change',
      'firmware-download',
      'fleet-rollout',
      'holiday',
      'log-upload',
    ])
    expect(found.get('log-upload')).toBe(60)
    expect(found.get('fleet-rollout')).toBeGreaterThan(8)
    expect(found.get('fleet-rollout')).toBeLessThan(30)
  })

  test('a labelled upload or download is a datapoint far above the thing’s others', () => {
    const options = {
      things: 40,
      days: 20,
      trainingDays: 14,
      seed: 4,
      clean: true,
      incidents: false,
    }
    const fleet = generateFleet({ ...options, metrics: ['aws:all-bytes-out', 'aws:all-bytes-in'] })
    const transfers = fleet
      .groundTruth()
      .labels.filter(({ metric }) => metric !== '*')
      .map(({ thing, metric, start, end }) => {
        expect(end).toBe(start)
        return [`${thing} ${metric} ${start}`, 0] as const
      })
    const labelled = new Map<string, number>(transfers)
    const sums = new Map<string, { sum: number; count: number }>()
    eachRow({ ...options, metrics: fleet.metrics }, ({ thing, metric, time, value }) => {
      const series = `${fleet.things[thing]} ${metric}`
      const key = `${series} ${time}`
      if (labelled.has(key)) labelled.set(key, value)
      const entry = sums.get(series) ?? { sum: 0, count: 0 }
      entry.sum += value
      entry.count++
      sums.set(series, entry)
    })
    let high = 0
    for (const [key, value] of labelled) {
      expect(value, key).toBeGreaterThan(0)
      const { sum, count } = sums.get(key.slice(0, key.lastIndexOf(' ')))!
      if (value > (3 * sum) / count) high++
    }
    expect(high / labelled.size).toBeGreaterThan(0.9)
  })
})
