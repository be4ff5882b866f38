import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Chunk, ChunkBuilder } from '../../src/columnar/chunk.ts'
import { cellBase, PAGE } from '../../src/columnar/pane-columns.ts'
import { decodeContext } from '../../src/detect/detector.ts'
import { customMetric, type Metric, RULES_ONLY_METRICS } from '../../src/domain/metric.ts'
import { CONNECTED, DISCONNECTED, isTakenOver } from '../../src/domain/presence.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/domain/time.ts'
import type { Pane } from '../../src/window/pane.ts'
import { PRESENCE_KEPT_MS } from '../../src/window/presence.ts'
import { Things } from '../../src/window/things.ts'
import { Windower } from '../../src/window/windower.ts'

const METRICS: readonly Metric[] = [
  customMetric('load'),
  RULES_ONLY_METRICS.find(({ name }) => name === 'aws:disconnect-duration')!,
]
const LOAD = 0
const OFFLINE = 1
const WINDOW = 5 * MINUTE_MS
const START = 20_000 * DAY_MS

interface Row {
  thing: string
  metric: number
  time: number
  value: number
}

function chunkOf(rows: readonly Row[]): Chunk {
  const builder = new ChunkBuilder(decodeContext(METRICS, WINDOW, 0), 4)
  for (const { thing, metric, time, value } of rows) {
    builder.push(builder.things.codeOfString(thing), metric, time, value)
  }
  return builder.chunk()
}

/** `minute of the window's end thing seconds`. */
function told(panes: readonly Pane[], things: Things): string[] {
  return panes.flatMap((pane) =>
    Array.from({ length: things.capacity }, (_, seat) => {
      const cell = cellBase(seat, METRICS.length) + OFFLINE * PAGE
      if ((pane.mark[cell] ?? 0) === 0) return []
      const end = (pane.window + 1) * WINDOW
      return [`${(end - START) / MINUTE_MS} ${things.name(seat)} ${pane.value[cell]}`]
    }).flat(),
  )
}

/** From the definition, window by window. */
function plain(rows: readonly Row[], until: number): string[] {
  const lines: string[] = []
  const state = new Map<string, { online: boolean; since: number }>()
  let heard = Number.NEGATIVE_INFINITY
  for (let start = START; start < until; start += WINDOW) {
    const end = start + WINDOW
    const here = rows.filter(({ time }) => time >= start && time < end)
    if (here.length > 0) heard = start
    for (const thing of ['a', 'b']) {
      const own = here.filter((row) => row.thing === thing && row.metric === OFFLINE)
      const last = own.reduce<Row | null>((best, row) => {
        if (best === null || row.time > best.time) return row
        return row.time === best.time && row.value > best.value ? row : best
      }, null)
      if (last !== null && last.value >= 0) {
        lines.push(`${(end - START) / MINUTE_MS} ${thing} ${last.value}`)
        continue
      }
      if (last !== null) state.set(thing, { online: last.value === CONNECTED, since: last.time })
      const known = state.get(thing)
      const hourly = end % HOUR_MS === 0 && start - heard <= DAY_MS
      if (known === undefined || (last === null && !hourly)) continue
      const seconds = known.online ? 0 : Math.floor((end - known.since) / 1_000)
      lines.push(`${(end - START) / MINUTE_MS} ${thing} ${seconds}`)
    }
  }
  return lines.sort()
}

const rows: fc.Arbitrary<Row[]> = fc.array(
  fc.record({
    thing: fc.constantFrom('a', 'b'),
    metric: fc.constantFrom(OFFLINE, OFFLINE, LOAD),
    time: fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 3_000 })).map((m) => START + m * MINUTE_MS),
    value: fc.constantFrom(CONNECTED, DISCONNECTED, DISCONNECTED, 5),
  }),
  { maxLength: 25 },
)

describe('how long things are offline', () => {
  test('is said when they come and go, and every hour, however windows close', () => {
    const boundaries = fc.array(fc.nat({ max: 900 }), { maxLength: 6 })
    fc.assert(
      fc.property(rows, boundaries, (rows, boundaries) => {
        const until = START + 900 * WINDOW
        const things = new Things()
        const windower = new Windower(WINDOW, METRICS, things)
        windower.fill(chunkOf(rows.toReversed()))
        const lines: string[] = []
        const first = START / WINDOW
        for (const boundary of [...boundaries.toSorted((a, b) => a - b), 900]) {
          const closed = windower.close(first + boundary)
          lines.push(...told(closed, things))
          const windows = closed.map((pane) => pane.window)
          expect(windows).toEqual([...new Set(windows)].sort((a, b) => a - b))
          for (const pane of closed) windower.recycle(pane)
        }
        expect(lines.sort()).toEqual(plain(rows, until))
      }),
      { numRuns: 200 },
    )
  })

  test('is said for two weeks; then the thing is forgotten like any other', () => {
    const things = new Things()
    const windower = new Windower(WINDOW, METRICS, things)
    const row = { thing: 'a', metric: OFFLINE, time: START, value: DISCONNECTED }
    windower.fill(chunkOf([row]))
    let count = 0
    for (let day = 1; day <= 16; day++) {
      const time = START + day * DAY_MS - HOUR_MS
      windower.fill(chunkOf([{ thing: 'b', metric: LOAD, time, value: 1 }]))
      for (const pane of windower.close((START + day * DAY_MS) / WINDOW)) {
        count += told([pane], things).length
        windower.recycle(pane)
      }
      const seat = things.find('a')
      expect(windower.presence!.isKnown(seat)).toBe(day * DAY_MS <= PRESENCE_KEPT_MS)
    }
    // Once when it left, and hourly from 01:00 on.
    expect(count).toBe(1 + 14 * 24)
  })

  test('does not matter where an old client makes room for one of its own name', () => {
    expect(['DUPLICATE_CLIENTID', 'DUPLICATE_CLIENT_ID'].map(isTakenOver)).toEqual([true, true])
    expect(['CONNECTION_LOST', undefined, 5].map(isTakenOver)).toEqual([false, false, false])
  })
})
