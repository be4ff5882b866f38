import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cellBase, PAGE } from '../../src/columnar/pane-columns.ts'
import { fillRows } from '../../src/window/fill-rows.ts'
import { Things } from '../../src/window/things.ts'
import { Windower } from '../../src/window/windower.ts'
import { type PlainCell, PlainWindows } from './plain-windows.ts'
import { chunkOf, contentOf, LAST, METRICS, type Row, SIZE, SUM } from './rows.ts'

const WINDOW_MS = 1_000
const NOTHING: ReadonlyMap<number, Map<string, PlainCell>> = new Map()

/** Small and large, whole and fractional: sums of them round, but lose no bit below 2^-80. */
const value = fc.oneof(
  fc.integer({ min: 0, max: 100 }),
  fc.integer({ min: -1_000, max: 10_000 }).map((n) => n / 10),
  fc.double({ min: 2 ** -10, max: 2 ** 30, noNaN: true }),
  fc.constantFrom(0, -0, 2 ** 52, 1e-3),
)

const plainRow: fc.Arbitrary<Row> = fc.record({
  thing: fc.nat({ max: 40 }).map((n) => `thing-${n}`),
  metric: fc.nat({ max: METRICS.length - 1 }),
  time: fc.oneof(
    fc.nat({ max: 4_999 }),
    fc.constantFrom(0, 999, 1_000, 2_499, 2_500, 2_501, 4_000),
  ),
  value,
})

/** Hardly any two rows alike, or hardly any that do not share a cell with others. */
const fewCells = fc
  .tuple(plainRow, fc.nat({ max: 2 }), fc.constantFrom(1_000, 1_500, 2_500))
  .map(([row, thing, time]): Row => ({ ...row, thing: `thing-${thing}`, time }))

const sizedRow = fc
  .tuple(fewCells, value, fc.integer({ min: 1, max: 5 }))
  .map(([row, sum, count]): Row => ({ ...row, metric: SIZE, size: [row.value, sum, count] }))

const chunk = fc.oneof(
  fc.array(plainRow, { maxLength: 60 }),
  fc.array(fewCells, { maxLength: 60 }),
  fc.array(fc.oneof(plainRow, fewCells), { maxLength: 60 }),
  fc.array(fc.oneof(sizedRow, fewCells), { maxLength: 20 }),
)

/** Chunks, each a window later, and the boundary below which windows close behind it; null closes none. */
const steps = fc
  .array(fc.record({ chunk, boundary: fc.option(fc.integer({ min: 0, max: 5 }), { freq: 2 }) }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((list) =>
    list.map(({ chunk, boundary }, i) => ({
      chunk: chunk.map((row) => ({ ...row, time: row.time + i * WINDOW_MS })),
      boundary: boundary === null ? null : boundary + i,
    })),
  )

describe('windows', () => {
  test('are what a plain definition says, whatever comes in whatever order', () => {
    const limits = fc.constantFrom(Number.POSITIVE_INFINITY, 4_000, 2_500)
    const rooms = fc.constantFrom(Number.POSITIVE_INFINITY, 12, 2)
    fc.assert(
      fc.property(steps, limits, rooms, (steps, limit, maxThings) => {
        const things = new Things(maxThings)
        const windower = new Windower(WINDOW_MS, METRICS, things)
        windower.limit = limit
        const plain = new PlainWindows(WINDOW_MS, limit, maxThings)
        for (const { chunk, boundary } of [...steps, { chunk: [], boundary: 20 }]) {
          expect(windower.fill(chunkOf(chunk))).toEqual(plain.fill(chunk))
          const expected = boundary === null ? NOTHING : plain.close(boundary)
          const panes = boundary === null ? [] : windower.close(boundary)
          expect(panes.map(({ window }) => window)).toEqual([...expected.keys()])
          for (const pane of panes) {
            const cells = expected.get(pane.window)!
            const content = contentOf(pane, things, METRICS.length)
            expect(pane.filled).toBe(cells.size)
            expect(new Set(content.keys())).toEqual(new Set(cells.keys()))
            for (const [key, { values, last }] of cells) {
              // Of two zeros, whichever came first stays.
              expect(content.get(key)!.map((x) => x + 0)).toEqual(values.map((x) => x + 0))
              const [thing, metric] = key.split(' ')
              if (Number(metric) !== LAST) continue
              const cell = cellBase(things.find(thing!), METRICS.length) + LAST * PAGE
              expect(pane.mark[cell]).toBe(1 + last)
            }
            windower.recycle(pane)
          }
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('the loop over simple rows', () => {
  const WIDTH = METRICS.length

  /** Seats 0 and 1 are known, thing 2 is not; the window is [1 s, 2 s). */
  function filling(
    rows: readonly (readonly [thing: number, metric: number, at: number, value: number])[],
  ) {
    const values = new Float64Array(PAGE * WIDTH)
    const marks = new Uint32Array(PAGE * WIDTH)
    const columns = {
      thing: Int32Array.from(rows, ([thing]) => thing),
      metric: Int32Array.from(rows, ([, metric]) => metric),
      time: Float64Array.from(rows, ([, , at]) => at),
      value: Float64Array.from(rows, ([, , , value]) => value),
      bases: Int32Array.of(cellBase(0, WIDTH), cellBase(1, WIDTH), -1),
      lastOnly: Int32Array.from(METRICS, ({ aggregation }) => (aggregation === 'last' ? -1 : 0)),
      sums: Uint8Array.from(METRICS, ({ aggregation }) => (aggregation === 'sum' ? 1 : 0)),
      fresh: new Int32Array(1),
    }
    const next = fillRows(columns, 0, rows.length, 1_000, 2_000, values, marks)
    return { next, fresh: columns.fresh[0]!, values, marks }
  }

  const first = [0, SUM, 1_000, 5] as const

  test.each([
    ['before the window', [0, LAST, 999, 1]],
    ['behind it', [0, LAST, 2_000, 1]],
    ['of an unknown thing', [2, LAST, 1_500, 1]],
    ['whose addition would round', [0, SUM, 1_500, 0.1]],
    ['whose addition would overflow', [0, 3, 1_500, Number.MAX_VALUE]],
    ['that repeats a last value', [1, LAST, 1_500, 1]],
    ['that repeats a size', [1, SIZE, 1_500, 1]],
  ] as const)('stops at a row %s, and leaves everything behind it', (_, stopper) => {
    const before = [
      first,
      [1, LAST, 1_999, 7],
      [1, SIZE, 1_001, 9],
      [0, 3, 1_200, Number.MAX_VALUE],
      [0, SUM, 1_999, 6],
    ] as const
    const { next, fresh, values, marks } = filling([...before, stopper, [1, SUM, 1_500, 1]])
    expect(next).toBe(before.length)
    expect(fresh).toBe(4)
    expect(values[SUM * PAGE]).toBe(11)
    expect(values[3 * PAGE]).toBe(Number.MAX_VALUE)
    expect([values[LAST * PAGE + 1], marks[LAST * PAGE + 1]]).toEqual([7, 1_000])
    expect([values[SIZE * PAGE + 1], marks[SIZE * PAGE + 1]! > 0]).toEqual([9, true])
    expect(marks.filter((mark) => mark !== 0).length).toBe(4)
  })

  test('goes to the end where all rows are simple', () => {
    expect(filling([first, [1, SUM, 1_999, 0.5], [1, SUM, 1_000, 0.25]])).toMatchObject({
      next: 3,
      fresh: 2,
    })
    expect(filling([])).toMatchObject({ next: 0, fresh: 0 })
  })
})
