import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/domain/time.ts'
import { ML_METRICS } from '../../src/domain/metric.ts'
import { Pane } from '../../src/window/pane.ts'
import { paneShape } from '../../src/window/pane-shape.ts'
import { type Stretch, StretchCutter } from '../../src/window/stretch.ts'

const LENGTHS = [5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, 2 * HOUR_MS, 8 * HOUR_MS, DAY_MS]

function paneOf(window: number, filled: number): Pane {
  const pane = new Pane(0, paneShape(ML_METRICS.slice(0, 1)))
  pane.window = window
  pane.filled = filled
  return pane
}

/** Windows over several days with gaps; advanced in uneven steps. */
const run = fc.record({
  windowMs: fc.constantFrom(...LENGTHS),
  start: fc.integer({ min: 20_000 * 288, max: 20_002 * 288 }),
  steps: fc.array(
    fc.record({
      // How far each window is from the one before.
      gaps: fc.array(fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, fc.nat({ max: 700 })), {
        maxLength: 12,
      }),
      /** How much farther than the last window the boundary lies. */
      slack: fc.nat({ max: 400 }),
      flush: fc.boolean(),
    }),
    { minLength: 1, maxLength: 8 },
  ),
})
type Run = typeof run extends fc.Arbitrary<infer T> ? T : never

/** Plays a run; the windows given in and the stretches that came out. */
function play({ windowMs, start, steps }: Run, targetRows: number) {
  const cutter = new StretchCutter(windowMs, targetRows)
  const stretches: Stretch[] = []
  const given: Pane[] = []
  let boundary = Math.floor((start * 5 * MINUTE_MS) / windowMs)
  const first = boundary
  for (const { gaps, slack, flush } of steps) {
    const closed: Pane[] = []
    for (const gap of gaps) {
      boundary += Math.max(1, gap)
      closed.push(paneOf(boundary - 1, 1 + (boundary % 7)))
    }
    boundary += slack
    given.push(...closed)
    stretches.push(...cutter.advance(closed, boundary, flush))
  }
  stretches.push(...cutter.advance([], boundary, true))
  return { stretches, given, first: given[0]?.window ?? first, boundary, windowMs }
}

const targets = fc.constantFrom(1, 5, 40, 1e9)

describe('stretches', () => {
  test('hold every window once, in order, each before its end and behind the one before', () => {
    fc.assert(
      fc.property(run, targets, (run, targetRows) => {
        const { stretches, given, windowMs } = play(run, targetRows)
        expect(stretches.flatMap(({ panes }) => panes)).toEqual(given)
        let until = Number.NEGATIVE_INFINITY
        for (const { panes, rows, until: next } of stretches) {
          expect(next).toBeGreaterThan(until)
          expect(rows).toBe(panes.reduce((sum, { filled }) => sum + filled, 0))
          for (const { window } of panes) {
            expect(window * windowMs).toBeGreaterThanOrEqual(until)
            expect((window + 1) * windowMs).toBeLessThanOrEqual(next)
          }
          until = next
        }
      }),
      { numRuns: 100 },
    )
  })

  test('never cross midnight, nor the first window that starts at 01:00 or later', () => {
    fc.assert(
      fc.property(run, targets, (run, targetRows) => {
        const { stretches, windowMs } = play(run, targetRows)
        /** Which of a day's two parts a window belongs to. */
        const partOf = (window: number): number => {
          const start = window * windowMs
          return Math.floor(start / DAY_MS) * 2 + (start % DAY_MS >= HOUR_MS ? 1 : 0)
        }
        for (const { panes } of stretches) {
          expect(new Set(panes.map(({ window }) => partOf(window))).size).toBeLessThanOrEqual(1)
        }
      }),
      { numRuns: 100 },
    )
  })

  test('end every day exactly once, in order, over gaps too', () => {
    fc.assert(
      fc.property(run, targets, (run, targetRows) => {
        const { stretches, given, first, boundary, windowMs } = play(run, targetRows)
        const ended = stretches.flatMap(({ endsDay }) => (endsDay === null ? [] : [endsDay]))
        for (const { endsDay, until } of stretches) {
          expect(endsDay).toBe(until % DAY_MS === 0 ? until / DAY_MS - 1 : null)
        }
        const from = Math.floor((first * windowMs) / DAY_MS)
        const to = Math.floor((boundary * windowMs) / DAY_MS)
        const days = Array.from({ length: to - from }, (_, i) => from + i)
        expect(ended).toEqual(given.length === 0 ? [] : days)
      }),
      { numRuns: 100 },
    )
  })

  test('are sealed at the target, and hold all where there is none', () => {
    const windows = Array.from({ length: 20 }, (_, i) => paneOf(288 * 20_000 + 20 + i, 10))
    const boundary = 288 * 20_000 + 40
    const sizes = (target: number): number[] =>
      new StretchCutter(5 * MINUTE_MS, target)
        .advance(windows, boundary, true)
        .map(({ rows }) => rows)
    expect(sizes(60)).toEqual([60, 60, 60, 20])
    expect(sizes(55)).toEqual([60, 60, 60, 20])
    expect(sizes(1e9)).toEqual([200])
  })

  test('without a flush, less than the target waits', () => {
    const cutter = new StretchCutter(HOUR_MS, 100)
    const noon = 24 * 20_000 + 12
    expect(cutter.advance([paneOf(noon, 30)], noon + 1, false)).toEqual([])
    expect(cutter.advance([paneOf(noon + 1, 30)], noon + 5, false)).toEqual([])
    const [stretch] = cutter.advance([], noon + 6, true)
    expect(stretch).toMatchObject({ rows: 60, until: (noon + 6) * HOUR_MS, endsDay: null })
    expect(cutter.advance([], noon + 6, true)).toEqual([])
  })

  test('a cut by rows that falls on midnight ends the day, once', () => {
    const cutter = new StretchCutter(HOUR_MS, 10)
    const midnight = 24 * 20_001
    const before = cutter.advance([paneOf(midnight - 1, 10)], midnight, true)
    expect(before.map(({ until, endsDay }) => [until, endsDay])).toEqual([
      [midnight * HOUR_MS, 20_000],
    ])
    const after = cutter.advance([paneOf(midnight, 10)], midnight + 1, true)
    expect(after.map(({ until, endsDay }) => [until, endsDay])).toEqual([
      [(midnight + 1) * HOUR_MS, null],
    ])
  })

  test('before the first window, time alone makes none', () => {
    const cutter = new StretchCutter(HOUR_MS, 10)
    expect(cutter.advance([], 24 * 20_000, true)).toEqual([])
    expect(cutter.advance([], Number.NEGATIVE_INFINITY, true)).toEqual([])
  })

  test('taken up at a boundary go on from there', () => {
    fc.assert(
      fc.property(run, fc.nat({ max: 7 }), (run, at) => {
        const steps = run.steps.map((step, i) => ({ ...step, flush: i === at || step.flush }))
        const whole = play({ ...run, steps }, 40)
        const head = play({ ...run, steps: steps.slice(0, at + 1) }, 40)
        if (head.given.length === 0) return
        const resumed = new StretchCutter(run.windowMs, 40, head.boundary)
        const rest = whole.given.slice(head.given.length)
        const stretches = resumed.advance(rest, whole.boundary, true)
        expect(stretches.flatMap(({ panes }) => panes)).toEqual(rest)
        const ends = (list: readonly Stretch[]): number[] =>
          list.flatMap(({ endsDay }) => (endsDay === null ? [] : [endsDay]))
        expect([...ends(head.stretches), ...ends(stretches)]).toEqual(ends(whole.stretches))
      }),
      { numRuns: 100 },
    )
  })
})
