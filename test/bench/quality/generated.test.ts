import { describe, expect, test } from 'vitest'
import { breakDown } from '../../../bench/quality/generated/breakdown.ts'
import { type GeneratedSet, generatedSet } from '../../../bench/quality/generated/generated-set.ts'
import { WeekCounts } from '../../../bench/quality/generated/week-counts.ts'
import { FleetScorer } from '../../../bench/quality/fleet-score.ts'
import { judgedAnomalies } from '../../../bench/quality/series.ts'
import { CONFIDENCE_LEVELS, LEVEL_SCORE } from '../../../src/domain/behavior.ts'
import { DAY_MS, HOUR_MS } from '../../../src/domain/time.ts'
import { generateFleet } from '../../../src/synthetic/generate.ts'

const OPTIONS = { fleet: 'sparse', things: 40, days: 28, seed: 1 } as const
const set = generatedSet(OPTIONS)

/** A score for each row of the set: `inside` where something is to be found, else `outside`. */
function scores({ series }: GeneratedSet, inside: number, outside: number): Float32Array[] {
  return series.map(({ time, anomalies }) => {
    const column = new Float32Array(time.length).fill(outside)
    for (const [first, last] of anomalies) column.fill(inside, first, last + 1)
    return column
  })
}

describe('a generated set', () => {
  test('holds all datapoints in order of time, none twice', () => {
    const distinct = new Set<string>()
    for (const { rows, thing, metric, time } of generateFleet(OPTIONS).chunks()) {
      for (let i = 0; i < rows; i++) distinct.add(`${thing[i]} ${metric[i]} ${time[i]}`)
    }
    expect(set.series.reduce((sum, { time }) => sum + time.length, 0)).toBe(distinct.size)
    expect(set.series).toHaveLength(40 * 13)
    for (const { time } of set.series) {
      expect(time.every((moment, i) => i === 0 || moment > time[i - 1]!)).toBe(true)
    }
  })

  test('is the same for the same seed, and judged after 14 days', () => {
    const again = generatedSet(OPTIONS)
    expect(again.series[7]).toEqual(set.series[7])
    expect(again.origins).toEqual(set.origins)
    expect(again.devices.length).toBe(set.devices.length)
    expect(generatedSet({ ...OPTIONS, seed: 2 }).series[0]!.value).not.toEqual(set.series[0]!.value)
    const start = Date.UTC(2026, 0, 5)
    for (const { time, from } of set.series) {
      expect(time[from]! - start).toBeGreaterThan(14 * DAY_MS - 2 * HOUR_MS)
    }
  })

  test('knows the origin of every label', () => {
    const incidents = set.series.map((series, i) => {
      const own = set.origins[i]!.incidents.map(({ span }) => span)
      expect(own).toEqual(judgedAnomalies(series))
      return own.length
    })
    const { labels } = generateFleet(OPTIONS).groundTruth()
    const anomalies = labels.filter(({ kind }) => kind === 'anomaly')
    expect(incidents.reduce((a, b) => a + b)).toBe(anomalies.length)
    const atThings = set.devices.flatMap((device) => judgedAnomalies(device))
    expect(atThings).toHaveLength(
      new Set(anomalies.map(({ thing, start }) => `${thing} ${start}`)).size,
    )
    expect(set.origins.some(({ harmless }) => harmless.length > 0)).toBe(true)
  })
})

describe('the parts of a judgement', () => {
  test('who finds everything and nothing else meets every event without a false alarm', () => {
    const { scripts, metrics, harmless, weekdays } = breakDown(set, scores(set, 5, 0))
    const events = set.origins.reduce((sum, { incidents }) => sum + incidents.length, 0)
    expect(scripts.reduce((sum, one) => sum + one.events.all, 0)).toBe(events)
    expect(metrics.reduce((sum, one) => sum + one.events.all, 0)).toBe(events)
    for (const tally of [...scripts, ...metrics].map((one) => one.events)) {
      expect(tally.reached).toEqual({ LOW: tally.all, MEDIUM: tally.all, HIGH: tally.all })
    }
    for (const { hours } of [...metrics, ...harmless]) expect(hours.reached.LOW).toBe(0)
    expect(weekdays.weekly!.levels.LOW).toMatchObject({ rates: Array(7).fill(0), saturdays: 0 })
  })

  test('hours add up to what the scorer counts, whatever they are parted by', () => {
    const wave = set.series.map(({ time }) => time.map((_, i) => (i % 50) / 10))
    const scorer = new FleetScorer(set.series, wave)
    const { metrics, harmless } = breakDown(set, wave)
    for (const level of CONFIDENCE_LEVELS) {
      const all = scorer.falseRate(LEVEL_SCORE[level]) * scorer.days
      for (const parts of [metrics, harmless]) {
        const sum = parts.reduce((total, { hours }) => total + hours.reached[level], 0)
        expect(sum).toBeCloseTo(all, 6)
        expect(sum).toBeGreaterThan(0)
      }
    }
  })

  test('who always alarms does so on every weekday alike, and in every harmless hour', () => {
    const { harmless, weekdays } = breakDown(set, scores(set, 9, 9))
    for (const { hours } of harmless) expect(hours.reached.HIGH).toBe(hours.all)
    expect(harmless.map(({ script }) => script)).toEqual(['holiday', 'log-upload', null])
    for (const week of [weekdays.weekly!, weekdays.others!]) {
      expect(week.things).toBeGreaterThan(20)
      expect(week.levels.HIGH.ratio).toBeCloseTo(1, 10)
      for (const rate of week.levels.HIGH.rates) expect(rate).toBeCloseTo(24, 10)
    }
  })
})

describe('weekdays', () => {
  const monday = Date.UTC(2026, 0, 5)

  test('of two things that differ on Saturdays', () => {
    const counts = new WeekCounts()
    for (const thing of ['a', 'b', 'c', 'd']) {
      for (let hour = 0; hour < 7 * 24; hour++) {
        const day = Math.floor(hour / 24)
        const alarms = (day === 1 && hour % 24 < 2) || (day === 5 && hour % 24 < limit(thing))
        counts.add(thing, monday + hour * HOUR_MS, alarms ? 3.5 : 0)
      }
    }
    const { things, levels } = counts.rates()!
    expect(things).toBe(4)
    expect(levels.MEDIUM).toMatchObject({ saturdays: 24, tuesdays: 8, ratio: 3 })
    expect(levels.MEDIUM.rates).toEqual([0, 2, 0, 0, 0, 6, 0])
    expect(levels.HIGH).toMatchObject({ saturdays: 0, rates: Array(7).fill(0) })
    expect(levels.HIGH.ratio).toBeNaN()
    // Differences 3, 3, 5, 5: mean 4, deviation sqrt(4 / 3), over sqrt(4) things.
    expect(levels.LOW.errors).toBeCloseTo(4 / Math.sqrt(4 / 3 / 4), 10)
  })

  test('of nothing there are none', () => expect(new WeekCounts().rates()).toBeNull())
})

function limit(thing: string): number {
  return thing < 'c' ? 5 : 7
}
