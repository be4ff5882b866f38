import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Things } from '../../src/window/things.ts'
import { Windower } from '../../src/window/windower.ts'
import {
  bitsOf,
  chunkOf,
  contentOf,
  LAST,
  METRICS,
  type Row,
  rowsWithin,
  SIZE,
  SUM,
} from './rows.ts'

const WINDOW_MS = 1_000

function newWindower(things: Things = new Things()): Windower {
  return new Windower(WINDOW_MS, METRICS, things)
}

/** All windows that hold something, by number, as comparable text. */
function closeAll(windower: Windower): Map<number, string[]> {
  const last = windower.openPanes.at(-1)?.window ?? 0
  return new Map(
    windower
      .close(last + 1)
      .map((pane) => [pane.window, bitsOf(contentOf(pane, windower.things, METRICS.length))]),
  )
}

function windowed(chunks: readonly (readonly Row[])[]): Map<number, string[]> {
  const windower = newWindower()
  for (const rows of chunks) windower.fill(chunkOf(rows))
  return closeAll(windower)
}

/** The contents of the one window [0, 1 s). */
function contentOfFirst(...chunks: Row[][]): Map<string, number[]> {
  const windower = newWindower()
  for (const rows of chunks) windower.fill(chunkOf(rows))
  const [pane] = windower.close(1)
  return contentOf(pane!, windower.things, METRICS.length)
}

function row(metric: number, time: number, value: number, more: Partial<Row> = {}): Row {
  return { thing: 'a', metric, time, value, ...more }
}

describe('tumbling windows', () => {
  test('take every row into exactly one', () => {
    fc.assert(
      fc.property(rowsWithin(10_000, 80), (rows) => {
        const ones = rows.map((row) => ({ ...row, metric: SUM, value: 1 }))
        const windower = newWindower()
        windower.fill(chunkOf(ones))
        const counted = new Map<string, number>()
        for (const pane of windower.close(11)) {
          const content = contentOf(pane, windower.things, METRICS.length)
          expect(pane.filled).toBe(content.size)
          for (const [key, [sum]] of content) counted.set(`${key} @${pane.window}`, sum!)
        }
        const expected = new Map<string, number>()
        for (const { thing, metric, time } of ones) {
          const key = `${thing} ${metric} @${Math.floor(time / WINDOW_MS)}`
          expected.set(key, (expected.get(key) ?? 0) + 1)
        }
        expect(counted).toEqual(expected)
      }),
      { numRuns: 100 },
    )
  })

  test('are the same to the last bit whatever the order of rows and the cut into chunks', () => {
    const order = fc.infiniteStream(fc.nat())
    for (const withSizes of [false, true]) {
      fc.assert(
        fc.property(
          rowsWithin(3_000, 120, withSizes),
          order,
          fc.nat({ max: 120 }),
          (rows, keys, cut) => {
            const shuffled = rows
              .map((row) => ({ row, key: keys.next().value }))
              .sort((a, b) => a.key - b.key)
              .map(({ row }) => row)
            const whole = windowed([rows])
            expect(windowed([shuffled])).toEqual(whole)
            expect(windowed([shuffled.slice(0, cut), shuffled.slice(cut)])).toEqual(whole)
            expect(windowed(rows.toReversed().map((row) => [row]))).toEqual(whole)
          },
        ),
        { numRuns: 100 },
      )
    }
  })

  test('of many fractions of one thing sum up the same in any order', () => {
    const tenths = fc.integer({ min: 0, max: 1_000_000 }).map((n) => n / 10)
    fc.assert(
      fc.property(fc.array(tenths, { minLength: 2, maxLength: 200 }), (values) => {
        const rows = values.map((value) => row(SUM, 0, value))
        const [sum] = contentOfFirst(rows).get('a 0')!
        const [backwards] = contentOfFirst(rows.toReversed()).get('a 0')!
        const ascending = rows.toSorted((a, b) => a.value - b.value)
        expect(backwards).toBe(sum)
        expect(contentOfFirst(ascending).get('a 0')).toEqual([sum])
        const tenthsInAll = values.reduce((sum, value) => sum + Math.round(value * 10), 0)
        expect(sum).toBeCloseTo(tenthsInAll / 10, 6)
      }),
      { numRuns: 150 },
    )
  })

  test('are half-open and aligned to the epoch', () => {
    const windower = newWindower()
    windower.fill(chunkOf([0, 999, 1_000, 1_999, 2_000].map((time) => row(SUM, time, 1))))
    const panes = windower.close(3)
    expect(panes.map(({ window }) => window)).toEqual([0, 1, 2])
    const sums = panes.map((pane) => contentOf(pane, windower.things, METRICS.length).get('a 0'))
    expect(sums).toEqual([[2], [2], [1]])
  })
})

describe('several values in one window', () => {
  test('of a counter add up', () => {
    expect(contentOfFirst([row(SUM, 0, 5), row(SUM, 900, 7)], [row(SUM, 1, 1)]).get('a 0')).toEqual(
      [13],
    )
  })

  test('of a gauge leave the last, and of simultaneous ones the largest', () => {
    const values = [row(LAST, 500, 4), row(LAST, 700, 2), row(LAST, 700, 3), row(LAST, 600, 9)]
    expect(contentOfFirst(values).get('a 2')).toEqual([3])
    expect(contentOfFirst(values.toReversed()).get('a 2')).toEqual([3])
    expect(contentOfFirst([row(LAST, 0, -2)], [row(LAST, 0, -5)]).get('a 2')).toEqual([-2])
  })

  test('of the message size leave maximum, minimum, sum and count', () => {
    const values = [row(SIZE, 0, 50), row(SIZE, 1, 10), row(SIZE, 2, 20)]
    expect(contentOfFirst(values).get('a 1')).toEqual([50, 10, 80, 3])
  })

  test('of the message size may come aggregated', () => {
    const aggregated = row(SIZE, 0, 40, { size: [4, 100, 6] })
    expect(contentOfFirst([aggregated], [row(SIZE, 1, 3)]).get('a 1')).toEqual([40, 3, 103, 7])
  })

  test('that overflow in sum stay finite', () => {
    const large = Number.MAX_VALUE
    const [sum] = contentOfFirst([0, 1, 2].map((time) => row(SUM, time, large / 1.5))).get('a 0')!
    expect(sum).toBe(large)
    const sizes = contentOfFirst([row(SIZE, 0, large), row(SIZE, 1, large)]).get('a 1')!
    expect(sizes).toEqual([large, large, large, 2])
  })
})

describe('versions of a datapoint', () => {
  test('the highest wins, of equal ones the larger, and repetitions collapse', () => {
    const versions = [
      row(SUM, 0, 10, { version: [7, 1] }),
      row(SUM, 0, 4, { version: [7, 2] }),
      row(SUM, 0, 6, { version: [7, 2] }),
      row(SUM, 0, 6, { version: [7, 2] }),
      row(SUM, 0, 100, { version: [8, 0] }),
      row(SUM, 0, 1_000, { version: [0, 0] }),
    ]
    expect(contentOfFirst(versions).get('a 0')).toEqual([1_106])
    expect(contentOfFirst(versions.slice(0, 2), versions.slice(1)).get('a 0')).toEqual([1_106])
  })

  test('make the same windows in any order, repeated or not, across chunks', () => {
    const versioned = fc.record({
      thing: fc.constantFrom('a', 'b', 'c'),
      metric: fc.nat({ max: METRICS.length - 1 }),
      at: fc.nat({ max: 40 }),
      value: fc.integer({ min: 0, max: 9 }).map((n) => n / 10),
      version: fc.nat({ max: 3 }),
    })
    fc.assert(
      fc.property(fc.array(versioned, { maxLength: 50 }), fc.nat({ max: 50 }), (list, cut) => {
        const rows: Row[] = list.map(({ thing, metric, at, value, version }) => ({
          thing,
          metric,
          value,
          time: at * 50,
          version: [at + 1, version],
        }))
        const whole = windowed([rows])
        expect(windowed([rows.toReversed()])).toEqual(whole)
        expect(windowed([rows.slice(cut), rows.slice(0, cut), rows])).toEqual(whole)
      }),
      { numRuns: 100 },
    )
  })

  test('count as filled cells once their window is closed', () => {
    const windower = newWindower()
    windower.fill(chunkOf([row(SUM, 0, 1, { version: [1, 0] }), row(LAST, 0, 1)]))
    expect(windower.close(1).map(({ filled }) => filled)).toEqual([2])
  })
})

describe('late rows', () => {
  test('are counted, with the earliest of them, and change nothing', () => {
    fc.assert(
      fc.property(rowsWithin(5_000, 60), rowsWithin(8_000, 60), (early, more) => {
        const boundary = 5
        const inTime = more.filter(({ time }) => time >= boundary * WINDOW_MS)
        const late = more.filter(({ time }) => time < boundary * WINDOW_MS)
        const strict = newWindower()
        const patient = newWindower()
        for (const windower of [strict, patient]) {
          windower.fill(chunkOf(early))
          windower.close(boundary)
        }
        const filled = strict.fill(chunkOf(more))
        patient.fill(chunkOf(inTime))
        expect(filled).toEqual({
          late: late.length,
          lateTime: Math.min(Number.POSITIVE_INFINITY, ...late.map(({ time }) => time)),
          refused: 0,
        })
        expect(closeAll(strict)).toEqual(closeAll(patient))
        expect(strict.things.count).toBe(patient.things.count)
      }),
      { numRuns: 80 },
    )
  })

  test('are those of windows closed, not of windows that were empty when closed', () => {
    const windower = newWindower()
    expect(windower.close(3)).toEqual([])
    expect(windower.fill(chunkOf([row(SUM, 2_999, 1), row(SUM, 3_000, 1)])).late).toBe(1)
    expect(windower.close(2)).toEqual([])
    expect(windower.firstOpen).toBe(3)
  })
})

describe('things beyond the budget', () => {
  test('are refused row by row; the others are as if they had never come', () => {
    const windower = newWindower(new Things(2))
    const names = ['a', 'b', 'c', 'a', 'c', 'd']
    const rows = names.map((thing, i) => row(SUM, i, 1, { thing }))
    expect(windower.fill(chunkOf(rows)).refused).toBe(3)
    expect(windower.fill(chunkOf([{ ...row(SUM, 0, 1), thing: 'd' }])).refused).toBe(1)
    const [pane] = windower.close(1)
    const content = contentOf(pane!, windower.things, METRICS.length)
    expect([...content]).toEqual([
      ['a 0', [2]],
      ['b 0', [1]],
    ])
    expect(pane!.filled).toBe(2)
  })
})

describe('a time limit', () => {
  test('passes over the rows from it on', () => {
    const windower = newWindower()
    windower.limit = 1_500
    const times = [1_400, 1_500, 1_499, 1_600, 200, 2_100]
    const sized = row(SIZE, 1_700, 1, { size: [1, 1, 1] })
    expect(windower.fill(chunkOf(times.map((time) => row(SUM, time, 1))))).toMatchObject({
      late: 0,
    })
    windower.fill(chunkOf([sized]))
    expect([...closeAll(windower).keys()]).toEqual([0, 1])
  })
})

describe('panes used again', () => {
  test('hold nothing of what they held', () => {
    fc.assert(
      fc.property(rowsWithin(2_000, 60, true), rowsWithin(2_000, 60, true), (first, second) => {
        const windower = newWindower()
        windower.fill(chunkOf(first))
        for (const pane of windower.close(10)) windower.recycle(pane)
        const later = second.map((row) => ({ ...row, time: row.time + 10_000 }))
        windower.fill(chunkOf(later))
        expect(closeAll(windower)).toEqual(windowed([later]))
      }),
      { numRuns: 60 },
    )
  })
})

describe('forgetting', () => {
  /** 'old' was seen in window 0, 'new' in window 50. */
  function withTwoThings(): Windower {
    const windower = newWindower()
    windower.fill(chunkOf([row(SUM, 0, 1, { thing: 'old' }), row(SUM, 0, 1, { thing: 'new' })]))
    for (const pane of windower.close(1)) windower.recycle(pane)
    windower.things.see(windower.things.find('old'), 0)
    windower.things.see(windower.things.find('new'), 50)
    return windower
  }

  test('frees the seats of things last seen before the window', () => {
    const windower = withTwoThings()
    windower.forget(50)
    expect(windower.things.find('old')).toBe(-1)
    expect(windower.things.find('new')).not.toBe(-1)
  })

  test.each([
    ['rows in open windows', row(SUM, 60_000, 1, { thing: 'old' }), false],
    ['versions in open windows', row(SUM, 60_000, 1, { thing: 'old', version: [1, 1] }), false],
    ['rows in windows closed but not handed back', row(SUM, 60_000, 1, { thing: 'old' }), true],
  ])('spares things with %s', (_, back, closed) => {
    const windower = withTwoThings()
    windower.fill(chunkOf([back]))
    const panes = closed ? windower.close(61) : []
    windower.forget(50)
    expect(windower.things.find('old')).not.toBe(-1)
    for (const pane of panes) windower.recycle(pane)
    if (closed) windower.forget(50)
    if (closed) expect(windower.things.find('old')).toBe(-1)
  })
})
