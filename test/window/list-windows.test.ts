import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Chunk, ChunkBuilder } from '../../src/columnar/chunk.ts'
import { cellBase, PAGE } from '../../src/columnar/pane-columns.ts'
import { decodeContext } from '../../src/detect/detector.ts'
import { listText } from '../../src/domain/list-value.ts'
import { customMetric, type Metric, RULES_ONLY_METRICS } from '../../src/domain/metric.ts'
import type { Pane } from '../../src/window/pane.ts'
import { Things } from '../../src/window/things.ts'
import { Windower } from '../../src/window/windower.ts'

const METRICS: readonly Metric[] = [
  customMetric('load'),
  RULES_ONLY_METRICS.find(({ name }) => name === 'aws:source-ip-address')!,
  customMetric('users', 'strings'),
]
const LOAD = 0
const SOURCES = 1
const USERS = 2
const WINDOW = 1_000

interface Row {
  thing: string
  metric: number
  time: number
  items: string[]
  /** 0 for rows that do not come again. */
  identity: number
  version: number
}

function chunkOf(rows: readonly Row[]): Chunk {
  const builder = new ChunkBuilder(decodeContext(METRICS, WINDOW, 0), 4)
  for (const { thing, metric, time, items, identity, version } of rows) {
    const code = builder.things.codeOfString(thing)
    if (metric === LOAD) builder.push(code, metric, time, items.length)
    else builder.pushList(code, metric, time, listText(items), identity, version)
  }
  return builder.chunk()
}

function told(panes: readonly Pane[], things: Things): string[] {
  return panes.flatMap((pane) =>
    [...METRICS.keys()].flatMap((metric) =>
      Array.from({ length: things.capacity }, (_, seat) => {
        const cell = cellBase(seat, METRICS.length) + metric * PAGE
        if ((pane.mark[cell] ?? 0) === 0) return []
        const value = pane.value[cell]!
        const text = metric === LOAD ? String(value) : pane.lists.text(value)
        return [`${pane.window} ${things.name(seat)} ${metric} ${text}`]
      }).flat(),
    ),
  )
}

function groupedBy<Key>(rows: readonly Row[], keyOf: (row: Row) => Key): Map<Key, Row[]> {
  const groups = new Map<Key, Row[]>()
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row])
  return groups
}

/** The same from the definition: versions first, then the union of addresses, or the last list. */
function plain(rows: readonly Row[]): string[] {
  const groups = groupedBy(
    rows,
    ({ thing, metric, time }) => `${Math.floor(time / WINDOW)} ${thing} ${metric}`,
  )
  return [...groups].map(([key, group]) => {
    const repeated = groupedBy(
      group.filter(({ identity }) => identity !== 0),
      ({ identity }) => identity,
    )
    const winners = [...repeated.values()].map((copies) =>
      copies.reduce((a, b) =>
        b.version > a.version || (b.version === a.version && listText(b.items) > listText(a.items))
          ? b
          : a,
      ),
    )
    const kept = [...group.filter(({ identity }) => identity === 0), ...winners]
    if (group[0]!.metric === SOURCES)
      return `${key} ${listText(kept.flatMap(({ items }) => items))}`
    const last = kept.reduce((a, b) => {
      if (a.time !== b.time) return b.time > a.time ? b : a
      return listText(b.items) > listText(a.items) ? b : a
    })
    return `${key} ${listText(last.items)}`
  })
}

const rows: fc.Arbitrary<Row[]> = fc.array(
  fc.record({
    thing: fc.constantFrom('a', 'b'),
    metric: fc.constantFrom(SOURCES, USERS),
    time: fc.nat({ max: 2_999 }).map((time) => time - (time % 100)),
    items: fc.array(fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3'), { maxLength: 3 }),
    identity: fc.constant(0),
    version: fc.constant(0),
  }),
  { maxLength: 40 },
)

/** Versions of a datapoint have one moment. */
const versioned = rows.map((list) =>
  list.map((row, i) => (i % 3 === 0 ? { ...row, identity: row.time + 1, version: i % 2 } : row)),
)

describe('the list of a window', () => {
  test('is the last one, or of addresses all together, in whatever order rows come', () => {
    fc.assert(
      fc.property(fc.oneof(rows, versioned), fc.nat({ max: 40 }), (rows, cut) => {
        const things = new Things()
        const windower = new Windower(WINDOW, METRICS, things)
        windower.fill(chunkOf(rows.slice(0, cut)))
        windower.fill(chunkOf(rows.slice(cut)))
        const closed = told(windower.close(10), things)
        expect(closed.sort()).toEqual(plain(rows).sort())
        const other = new Things()
        const backwards = new Windower(WINDOW, METRICS, other)
        backwards.fill(chunkOf(rows.toReversed()))
        expect(told(backwards.close(10), other).sort()).toEqual(closed)
      }),
    )
  })

  test('is forgotten with its window, and numbers beside it stay numbers', () => {
    const things = new Things()
    const windower = new Windower(WINDOW, METRICS, things)
    const row = (metric: number, time: number, ...items: string[]): Row => {
      return { thing: 'a', metric, time, items, identity: 0, version: 0 }
    }
    windower.fill(chunkOf([row(USERS, 0, 'root'), row(LOAD, 0, 'x', 'y')]))
    const [first] = windower.close(1)
    expect(told([first!], things)).toEqual(['0 a 0 2', '0 a 2 ["root"]'])
    windower.recycle(first!)
    windower.fill(chunkOf([row(USERS, 1_000, 'web')]))
    const [second] = windower.close(2)
    expect(second!.lists.count).toBe(1)
    expect(told([second!], things)).toEqual(['1 a 2 ["web"]'])
  })

  test('takes no more memory than what it comes to, however often it is replaced', () => {
    const things = new Things()
    const windower = new Windower(WINDOW, METRICS, things)
    const long = 'x'.repeat(50_000)
    for (let i = 0; i < 200; i++) {
      const items = [`${String(i).padStart(3, '0')}${long}`]
      const identity = i % 2 === 0 ? 0 : 7
      const rows = ['a', 'b'].map((thing) => {
        return { thing, metric: USERS, time: i, items, identity, version: i }
      })
      windower.fill(chunkOf(rows))
    }
    const [pane] = windower.close(1)
    expect(pane!.lists.bytes).toBeLessThan(3_000_000)
    const last = `["199${long}"]`
    expect(told([pane!], things)).toEqual([`0 a 2 ${last}`, `0 b 2 ${last}`])
  })
})
