import * as fc from 'fast-check'
import { type Chunk, ChunkBuilder, type DecodeContext } from '../../src/columnar/chunk.ts'
import { NameTable } from '../../src/columnar/name-table.ts'
import { cellBase, PAGE } from '../../src/columnar/pane-columns.ts'
import { customMetric, type Metric, ML_METRICS } from '../../src/domain/metric.ts'
import type { Pane } from '../../src/window/pane.ts'
import type { Things } from '../../src/window/things.ts'

/** One of each way of aggregating numbers, a second sum, and a second size. */
export const METRICS: readonly Metric[] = [
  ML_METRICS.find(({ name }) => name === 'aws:all-bytes-out')!,
  ML_METRICS.find(({ name }) => name === 'aws:message-byte-size')!,
  customMetric('battery'),
  ML_METRICS.find(({ name }) => name === 'aws:num-disconnects')!,
  {
    ...ML_METRICS.find(({ name }) => name === 'aws:message-byte-size')!,
    name: 'aws:message-byte-size[d IN]',
  },
]
export const SUM = 0
export const SIZE = 1
export const LAST = 2
export const SECOND_SIZE = 4

export interface Row {
  thing: string
  metric: number
  time: number
  value: number
  /** Of a message size that comes aggregated: [minimum, sum, count]. */
  size?: readonly [number, number, number]
  /** Of a datapoint that may come again: [identity, version]. */
  version?: readonly [number, number]
}

const CONTEXT: DecodeContext = {
  metrics: METRICS.map(({ name }) => name),
  counts: new Uint8Array(METRICS.length),
  lists: [],
  dimensioned: [],
  notAfter: Number.POSITIVE_INFINITY,
  windowMs: 1_000,
  keepRejects: 0,
  thing: null,
}

export function chunkOf(rows: readonly Row[]): Chunk {
  const builder = new ChunkBuilder(CONTEXT, Math.max(1, rows.length))
  for (const { thing, metric, time, value, version } of rows) {
    const code = builder.things.codeOfString(thing)
    if (version === undefined) builder.push(code, metric, time, value)
    else builder.pushVersion(code, metric, time, value, ...version)
  }
  const chunk = builder.chunk()
  if (rows.every(({ size }) => size === undefined)) return chunk
  const part = (at: 0 | 1 | 2): Float64Array =>
    Float64Array.from(rows, ({ size, value }) => size?.[at] ?? (at === 2 ? 1 : value))
  return { ...chunk, sizes: { min: part(0), sum: part(1), count: part(2) } }
}

/** The whole names as one table, for `Things.intern`. */
export function namesOf(names: readonly string[]): NameTable {
  const table = new NameTable()
  for (const name of names) table.codeOfString(name)
  return table
}

/** What a closed window holds, by `thing metric`: the value, and minimum, sum and count of a size. */
export function contentOf(pane: Pane, things: Things, metrics: number): Map<string, number[]> {
  const content = new Map<string, number[]>()
  for (let index = 0; index < things.capacity; index++) {
    for (let metric = 0; metric < metrics; metric++) {
      const cell = cellBase(index, metrics) + metric * PAGE
      if ((pane.mark[cell] ?? 0) === 0) continue
      const value = pane.value[cell]!
      const sizes =
        METRICS[metric]!.aggregation === 'size' ? sizesOf(pane, index, metric, value) : []
      content.set(`${things.name(index)} ${metric}`, [value, ...sizes])
    }
  }
  return content
}

/** Minimum, sum and count; where only one value came they need not be kept. */
function sizesOf(pane: Pane, index: number, metric: number, value: number): number[] {
  const { sizeMin, sizeSum, sizeCount, shape } = pane
  const at = index * shape.sizeMetrics.length + shape.sizeOrdinals[metric]!
  if (sizeCount[at] === 0) return [value, value, 1]
  return [sizeMin[at]!, sizeSum[at]!, sizeCount[at]!]
}

/** Comparable to the last bit, whatever the order of things. */
export function bitsOf(content: ReadonlyMap<string, readonly number[]>): string[] {
  const hex = (value: number): string =>
    new BigUint64Array(Float64Array.of(value).buffer)[0]!.toString(16)
  return [...content].map(([key, values]) => `${key}: ${values.map(hex).join(' ')}`).sort()
}

const value: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: 0, max: 100 }),
  fc.integer({ min: 0, max: 10_000 }).map((tenths) => tenths / 10),
  fc.double({ min: 0, max: 1e9, noNaN: true }),
  fc.double({ min: 0, max: 1, noNaN: true }),
)

/** Rows of a few things within `span` milliseconds; ties in time abound. */
export function rowsWithin(
  span: number,
  maxLength: number,
  withSizes = false,
): fc.Arbitrary<Row[]> {
  const plain = fc.record({
    thing: fc.integer({ min: 0, max: 30 }).map((n) => `thing-${n}`),
    metric: fc.nat({ max: METRICS.length - 1 }),
    time: fc.nat({ max: Math.floor(span / 50) }).map((n) => n * 50),
    value,
  })
  const sized = fc.tuple(plain, value, fc.integer({ min: 1, max: 5 })).map(([row, sum, count]) => ({
    ...row,
    metric: row.metric % 2 === 0 ? SIZE : SECOND_SIZE,
    size: [row.value / 2, sum, count] as const,
  }))
  return fc.array(withSizes ? fc.oneof(plain, sized) : plain, { maxLength })
}
