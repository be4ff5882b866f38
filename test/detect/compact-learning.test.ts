import { expect, test } from 'vitest'
import { CompactLearning } from '../../src/detect/compact-learning.ts'
import { type ClosedDay, LearningMemory, type SourceColumns } from '../../src/detect/learning.ts'
import { SlabMemory } from '../../src/detect/slab-memory.ts'
import { CONFIDENCE_LEVELS, LEVEL_SCORE } from '../../src/domain/behavior.ts'
import { HOUR_MS } from '../../src/domain/time.ts'
import { compactModel } from '../../src/stats/compact-model.ts'
import { COMPACT_SLAB_BYTES, COMPACT_SLAB_SEATS } from '../../src/stats/compact-state.ts'
import { COMPACT_OPEN_BYTES } from '../../src/stats/compact-summary.ts'
import type { Columns, SeriesScores } from '../../src/stats/model.ts'
import { RandomStream } from '../../src/stats/random.ts'
import { runBeginDays } from '../../src/tasks/begin-day.ts'
import { newSeasonMemory, Seasons } from '../../src/detect/seasons.ts'
import { writtenColumns } from './written-columns.ts'

const BEHAVIORS = 2
const LANES = 3
const DAYS = 6

/** One behavior's learning, and where its lanes write. */
class Learner {
  readonly memory: LearningMemory = new LearningMemory(BEHAVIORS, LANES, COMPACT_OPEN_BYTES)
  readonly series: SlabMemory = new SlabMemory(BEHAVIORS, {
    seats: COMPACT_SLAB_SEATS,
    bytes: COMPACT_SLAB_BYTES,
  })
  readonly learning: CompactLearning = new CompactLearning({
    memory: this.memory,
    series: this.series,
    seat: 1,
    windowMs: HOUR_MS,
    twoSided: true,
    seasons: new Seasons(newSeasonMemory(BEHAVIORS, LANES, false), 1, HOUR_MS),
    run: async (task) => runBeginDays([task])[0]!,
  })

  /** The rows of a day, dealt to the lanes by thing. */
  learn(day: number, rows: Columns, model: Uint8Array | null, lanes: number): SeriesScores {
    const { learning, memory, series } = this
    series.reserve(Math.max(...rows.thing) + 1)
    const column = (): Float32Array => new Float32Array(rows.to).fill(Number.NaN)
    const out = { s: column(), s0: column(), mean: column(), median: column(), slow: column() }
    for (let lane = 0; lane < lanes; lane++) {
      const watched = Uint8Array.from({ length: Math.max(...rows.thing) + 1 }, (_, thing) =>
        thing % lanes === lane ? 1 : 0,
      )
      const own = { s: column(), s0: column(), mean: column(), median: column(), slow: column() }
      compactModel.advance(
        {
          slabs: series.slabs,
          at: learning.slabAt,
          windowMs: HOUR_MS,
          learned: null,
          open: memory.lanes(day)[lane]!,
          openAt: learning.openAt,
        },
        { ...rows, watched },
        model,
        model === null ? null : own,
      )
      for (const name of ['s', 's0', 'mean', 'median', 'slow'] as const) {
        rows.thing.forEach((thing, row) => {
          if (watched[thing] === 1) out[name][row] = own[name][row]!
        })
      }
    }
    return out
  }
}

/** Hourly, of a fleet that doubles daily beyond one slab: the same for the same seed. */
function rowsOf(day: number, seed: number): Columns {
  const things = 150 << day
  const random = new RandomStream(seed + day)
  const rows = Array.from({ length: things * 24 }, (_, i) => i)
  return {
    thing: Int32Array.from(rows, (i) => i % things),
    window: Int32Array.from(rows, (i) => day * 24 + Math.floor(i / things)),
    value: Float64Array.from(rows, (i) =>
      Math.round(random.normal() * 100 * (1 + (i % things) / 50) * (i % 997 === 0 ? 20 : 1)),
    ),
    from: 0,
    to: rows.length,
    watched: null,
  }
}

test('learning goes on from what was packed as if nothing had happened, with other lanes too', async () => {
  const seed = 5
  for (const cut of [2, 5]) {
    let learner = new Learner()
    const straight = new Learner()
    let days: ClosedDay[] = []
    const known: ClosedDay[] = []
    let model: Uint8Array | null = null
    for (let day = 0; day < DAYS; day++) {
      const rows = rowsOf(day, seed)
      const expectedScores = straight.learn(day, rows, model, 1)
      expect(learner.learn(day, rows, model, LANES)).toEqual(expectedScores)
      if (day === cut) {
        const { learning } = learner
        const packed: SourceColumns = {}
        const saved = days.map((closed, i) => learning.packDay(closed, `day.${i}`, packed))
        const open = learning.packOpen(day, 'open', packed)
        const columns = writtenColumns(packed)
        expect(open.count).toBe(learning.openCount(day))
        learner = new Learner()
        days = saved.map((closed, i) => learner.learning.unpackDay(closed, `day.${i}`, columns))
        expect(days).toEqual(known)
        learner.learning.restoreOpen(day, open, 'open', columns)
      }
      expect(learner.learning.openCount(day)).toBe((150 << day) * 24)
      expect(learner.learning.own(3)).toEqual(straight.learning.own(3))
      const expected = await straight.learning.close(day, known)
      const closing = await learner.learning.close(day, days)
      expect(learner.learning.openCount(day)).toBe(0)
      expect(closing.datapoints).toBe(expected.datapoints)
      expect(Buffer.compare(closing.model!, expected.model!)).toBe(0)
      days.push(closing.day)
      known.push(expected.day)
      model = expected.model
    }
  }
}, 60_000)

test('a verdict says of a datapoint what its score was, and within which ranges it would have been normal', async () => {
  const learner = new Learner()
  let model: Uint8Array | null = null
  const days: ClosedDay[] = []
  let judged = 0
  for (let day = 0; day < 5; day++) {
    const rows = rowsOf(day, 9)
    const { s0, mean, median } = learner.learn(day, rows, model, 1)
    const to = model === null ? 0 : rows.to
    for (let row = 0; row < to; row += 3) {
      const seat = rows.thing[row]!
      const value = rows.value[row]!
      const own = learner.learning.own(seat)
      const point = { seat, since: 0, value, mean: mean[row]!, median: median[row]!, own }
      const verdict = compactModel.explain(model!, point)
      expect(Math.abs(verdict.score - s0[row]!)).toBeLessThan(1e-6)
      expect(verdict.judgedBy).toBe(own === null ? 'fleet' : 'thing')
      for (const level of CONFIDENCE_LEVELS) {
        const isAnomalous = verdict.anomalousAt.includes(level)
        expect(isAnomalous).toBe(verdict.score >= LEVEL_SCORE[level])
        if (isAnomalous) judged++
        const { low, high } = compactModel.ranges(model!, level).around(point)
        // Of what lies between its forecasts neither end of a range can speak.
        if (
          value > Math.min(point.mean, point.median) &&
          value < Math.max(point.mean, point.median)
        )
          continue
        const margin = 1e-4 * (1 + Math.abs(value))
        if (Math.min(Math.abs(value - low), Math.abs(value - high)) < margin) continue
        expect(value < low || value > high).toBe(isAnomalous)
        expect(verdict.ranges[level].high ?? Number.POSITIVE_INFINITY).toBe(high)
      }
    }
    const closing = await learner.learning.close(day, days)
    days.push(closing.day)
    model = closing.model
  }
  expect(judged).toBeGreaterThan(100)
}, 60_000)

test('while fewer than three things have a history, nothing about the others is unusual', async () => {
  for (const [experienced, isUnusual] of [
    [2, false],
    [3, true],
  ] as const) {
    const learner = new Learner()
    const days: ClosedDay[] = []
    for (let day = 0; day < 10; day++) {
      const rows = rowsOf(0, day)
      const window = rows.window.map((hour) => hour + day * 24)
      const watched = Uint8Array.from({ length: 150 }, (_, thing) => (thing < experienced ? 1 : 0))
      const own = { ...rows, window, watched }
      const { learning, series, memory } = learner
      series.reserve(150)
      const open = memory.lanes(day)[0]!
      const state = { slabs: series.slabs, at: learning.slabAt, windowMs: HOUR_MS, learned: null }
      compactModel.advance({ ...state, open, openAt: learning.openAt }, own, null, null)
      days.push((await learning.close(day, null)).day)
    }
    const { model } = await learner.learning.close(10, days)
    const point = { seat: 149, since: 0, value: 1e9, mean: 0, median: 0, own: null }
    const { score, ranges } = compactModel.explain(model!, point)
    expect(score > 4).toBe(isUnusual)
    expect(ranges.HIGH.high === null).toBe(!isUnusual)
  }
})
