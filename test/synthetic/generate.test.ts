import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encoderFor } from '../../src/synthetic/encoders.ts'
import { ChunkWriter } from '../../src/synthetic/fleet-chunk.ts'
import { generateFleet } from '../../src/synthetic/generate.ts'
import { ALL_METRICS, FLEET_SUITES, type FleetOptions } from '../../src/synthetic/options.ts'
import { eachRow, rowsOf } from './fleet-rows.ts'

function hashOf(options: Partial<FleetOptions>): string {
  const encoder = encoderFor('ndjson')
  const hash = createHash('sha256')
  for (const chunk of generateFleet(options).chunks()) hash.update(encoder.encode(chunk))
  return hash.update(encoder.end()).digest('hex')
}

/** Small fleets with everything in them. */
const anyFleet = fc.record({
  seed: fc.maxSafeNat(),
  fleet: fc.constantFrom(...FLEET_SUITES),
  things: fc.integer({ min: 1, max: 30 }),
  days: fc.constantFrom(0.5, 1, 2),
  trainingDays: fc.constantFrom(0, 0.5),
  cadenceMs: fc.constantFrom(300_000, 900_000, 420_000),
  clean: fc.boolean(),
})

describe('the same options give the same fleet', () => {
  test.each([
    [
      'mixed',
      1,
      'c24648f31e1b907c70450c74023238a5185c8892c4f764bafcf72effeafde8d7',
      '6a3d95ca3a0e7e66705f7c420a59c28975bc8bb58309ebf6882d0db2988ae7f6',
    ],
    [
      'uniform',
      2,
      '38aa0f98c7ab88bdf451b906d6ce1129e88082e5f2a712619e74e53364f3d4be',
      'f53ae2435725a7439bc961f07294eb935257a0fe9d58e04c957ee8e773899c57',
    ],
    [
      'sparse',
      3,
      '784bec3180c4452c2281714bb06180ccd386d928733bae0603ffbf8afc8f6b69',
      '396f8f37936f7d25ab168e617e45071764b4a59734e5a9be27ca7c208114db42',
    ],
  ] as const)('%s fleet, seed %d, byte for byte', (fleet, seed, datapoints, truth) => {
    const options: Partial<FleetOptions> = { fleet, seed, things: 20, days: 3, trainingDays: 1 }
    expect(hashOf(options)).toBe(datapoints)
    const text = JSON.stringify(generateFleet(options).groundTruth())
    expect(createHash('sha256').update(text).digest('hex')).toBe(truth)
  })

  test('chunks start over at each call, also while another walk is under way', () => {
    const fleet = generateFleet({ things: 40, days: 0.5 })
    const walk = fleet.chunks()[Symbol.iterator]()
    const first = [...walk.next().value!.value]
    const whole: number[] = []
    for (const chunk of fleet.chunks()) whole.push(...chunk.value)
    expect(whole.slice(0, first.length)).toEqual(first)
    const rest = [...first]
    for (let next = walk.next(); next.done !== true; next = walk.next()) {
      rest.push(...next.value.value)
    }
    expect(rest).toEqual(whole)
  })

  test('another seed gives another fleet', () => {
    const options = { things: 3, days: 0.1 }
    expect(rowsOf({ ...options, seed: 1 })).not.toEqual(rowsOf({ ...options, seed: 2 }))
    expect(rowsOf({ ...options, seed: 1 })).not.toEqual(rowsOf({ ...options, seed: 1 + 2 ** 32 }))
  })
})

test('growing the fleet leaves the datapoints and labels of the first things unchanged', () => {
  fc.assert(
    fc.property(anyFleet, fc.integer({ min: 1, max: 40 }), (options, more) => {
      const grown = { ...options, things: options.things + more }
      const before = generateFleet(options)
      const after = generateFleet(grown)
      const known = new Set(before.things)
      expect(after.things.slice(0, options.things)).toEqual(before.things)
      const kept = rowsOf(grown).filter((row) => known.has(row.slice(0, row.indexOf(' '))))
      expect(kept).toEqual(rowsOf(options))
      expect(after.groundTruth().labels.filter(({ thing }) => known.has(thing))).toEqual(
        before.groundTruth().labels,
      )
    }),
    { numRuns: 25 },
  )
})

test('a subset of the metrics has the values it has among all', () => {
  fc.assert(
    fc.property(
      anyFleet,
      fc.shuffledSubarray([...ALL_METRICS], { minLength: 1 }),
      (options, metrics) => {
        const wanted = new Set(metrics)
        const all = rowsOf(options).filter((row) => wanted.has(row.split(' ')[1]!))
        expect(rowsOf({ ...options, metrics }).sort()).toEqual(all.sort())
        const { labels } = generateFleet({ ...options, metrics }).groundTruth()
        for (const { metric } of labels) expect([...metrics, '*']).toContain(metric)
      },
    ),
    { numRuns: 15 },
  )
})

test('rows of a report stand together in the order of the metrics, in one chunk', () => {
  const metrics = [ALL_METRICS[9]!, ALL_METRICS[0]!, ALL_METRICS[4]!]
  for (const chunk of generateFleet({ things: 50, days: 1, metrics }).chunks()) {
    expect(chunk.rows % 3).toBe(0)
    expect(chunk.value).toHaveLength(chunk.rows)
    for (let row = 0; row < chunk.rows; row++) {
      const first = row - (row % 3)
      expect(chunk.metric[row]).toBe(row % 3)
      expect(chunk.thing[row]).toBe(chunk.thing[first])
      expect(chunk.time[row]).toBe(chunk.time[first])
    }
  }
})

test('a chunk that is not full has room for a report and its repetition', () => {
  const names = generateFleet({ things: 1 }).names
  const writer = new ChunkWriter(names, ALL_METRICS, [...ALL_METRICS.keys()])
  const values = Float64Array.from({ length: 13 }, (_, slot) => slot)
  let added = 0
  while (!writer.full) {
    writer.add(0, 1, values, 0)
    writer.add(0, 1, values, 0)
    added += 26
  }
  const chunk = writer.take()
  expect(chunk.rows).toBe(added)
  expect(chunk.value).toHaveLength(added)
  expect(chunk.value.at(-1)).toBe(12)
})

test('a clean fleet is complete, sorted by time, each thing at its own steady beat', () => {
  const options = { clean: true, things: 30, days: 1, start: 1_700_000_000_000 }
  let rows = 0
  let last = 0
  let unsorted = 0
  const times = new Map<number, Set<number>>()
  eachRow(options, ({ thing, time }) => {
    rows++
    if (time < last) unsorted++
    last = time
    const own = times.get(thing) ?? new Set()
    times.set(thing, own.add(time))
  })
  expect(rows).toBe(30 * 288 * 13)
  expect(unsorted).toBe(0)
  for (const own of times.values()) {
    expect(own.size).toBe(288)
    expect(new Set([...own].map((time) => time % 300_000)).size).toBe(1)
    expect(Math.min(...own)).toBeGreaterThanOrEqual(options.start)
  }
})

test('every value is a whole number from 0 on', () => {
  eachRow({ things: 40, days: 2, trainingDays: 0 }, ({ value }) => {
    if (!Number.isSafeInteger(value) || value < 0) throw new Error(`value ${value}`)
  })
})

test('a sparse fleet reports every 45 minutes', () => {
  const times = new Map<number, number[]>()
  eachRow({ fleet: 'sparse', clean: true, days: 2, metrics: [ALL_METRICS[4]!] }, (row) => {
    times.set(row.thing, [...(times.get(row.thing) ?? []), row.time])
  })
  expect(times.size).toBe(60)
  for (const own of times.values()) {
    expect(own).toHaveLength(64)
    own.slice(1).forEach((time, i) => expect(time - own[i]!).toBe(45 * 60_000))
  }
})

describe('options', () => {
  test('defaults: 200 things of a mixed fleet for 21 days from a Monday on', () => {
    const { options, things } = generateFleet()
    expect(things).toHaveLength(200)
    expect(new Date(options.start).toISOString()).toBe('2026-01-05T00:00:00.000Z')
    expect(new Date(options.start).getUTCDay()).toBe(1)
    expect(options).toMatchObject({ seed: 1, days: 21, fleet: 'mixed', cadenceMs: 300_000 })
    expect(generateFleet({ fleet: 'sparse' }).things).toHaveLength(60)
  })

  test.each([
    [{ seed: -1 }, 'seed -1'],
    [{ seed: 0.5 }, 'seed 0.5'],
    [{ things: 0 }, 'things 0'],
    [{ days: 0 }, 'days 0'],
    [{ cadenceMs: 1.5 }, 'cadence 1.5'],
    [{ metrics: ['cpu'] }, 'metric "cpu"'],
    [{ metrics: [] }, 'metrics'],
    [{ fleet: 'huge' as never }, 'fleet "huge"'],
    [{ start: 0 }, 'start 0'],
    [{ trainingDays: -1 }, 'training days -1'],
  ])('%j is refused as a usage error that names it', (given, message) => {
    expect(() => generateFleet(given)).toThrow(
      expect.objectContaining({ kind: 'usage', message: expect.stringContaining(message) }),
    )
  })

  test('a run that ends before its training has no labels', () => {
    const { labels, evaluateFrom } = generateFleet({ days: 3, things: 40 }).groundTruth()
    expect(labels).toEqual([])
    expect(Object.keys(evaluateFrom)).toHaveLength(40)
  })
})

test('chunks share their buffers: what a walk holds does not grow with its rows', () => {
  let buffer: ArrayBufferLike | null = null
  for (const chunk of generateFleet({ things: 100, days: 2 }).chunks()) {
    buffer ??= chunk.value.buffer
    expect(chunk.value.buffer).toBe(buffer)
    expect(chunk.things.count).toBe(100)
  }
})
