import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LearningMemory, PooledLearning } from '../../src/detect/learning.ts'
import { type ModelStatus, Training, type TrainingSettings } from '../../src/detect/training.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/domain/time.ts'
import { quantileModel } from '../../src/stats/quantile-model.ts'
import type { OpenSummary } from '../../src/stats/open-summary.ts'
import { type FitResult, type FitTask, runFit } from '../../src/tasks/fit.ts'
import { summaryOf } from '../stats/datapoints.ts'

const SETTINGS: TrainingSettings = {
  modelKind: 'quantile',
  minDays: 3,
  minDatapoints: 20,
  quantiles: [0.99, 0.999, 0.9999],
}
const LANES = 2
/** Day 0 of all tests, as a day number. */
const FIRST = 20_000

function newTraining(
  settings: Partial<TrainingSettings> = {},
  fit: (task: FitTask) => Promise<FitResult> = async (task) => runFit(task, quantileModel),
): Training {
  const all = { ...SETTINGS, ...settings }
  const memory = new LearningMemory(1, LANES)
  const { modelKind, quantiles } = all
  return new Training(
    all,
    new PooledLearning(modelKind, { quantiles, twoSided: true }, memory, 0, fit),
  )
}

function openSummaries({ learning }: Training, day: number): OpenSummary[] {
  return (learning as PooledLearning).openSummaries(day)
}

/** Learns a day's values, spread over the lanes, and ends the day; true when the model expires. */
async function liveThrough(
  training: Training,
  day: number,
  values: readonly number[],
  hour = 0,
): Promise<boolean> {
  if (values.length > 0) training.collected(day * DAY_MS + hour * HOUR_MS)
  for (const [lane, open] of openSummaries(training, day).entries()) {
    const mine = Float64Array.from(values.filter((_, i) => i % LANES === lane))
    open.add(mine, 0, mine.length)
  }
  await training.settle()
  return training.endDay(day)
}

function midnightAfter(day: number): number {
  return (day + 1) * DAY_MS
}

function someValues(count: number, seed = 1): number[] {
  return Array.from({ length: count }, (_, i) => ((i + seed) * 7_919) % 1_009)
}

describe('the life of a model', () => {
  test('is that of the documents, day by day', async () => {
    const daily = fc.array(
      fc.oneof(
        { weight: 8, arbitrary: fc.constant(0) },
        { weight: 4, arbitrary: fc.integer({ min: 1, max: 4 }) },
        { weight: 1, arbitrary: fc.integer({ min: 10, max: 40 }) },
      ),
      { minLength: 50, maxLength: 100 },
    )
    await fc.assert(
      fc.asyncProperty(
        daily,
        fc.nat({ max: 23 }),
        fc.integer({ min: 1, max: 14 }),
        async (counts, hour, days) => {
          const training = newTraining({ minDays: days })
          const start = counts.findIndex((count) => count > 0)
          let status: ModelStatus = 'PENDING_BUILD'
          let firstAttempt: number | null = null
          let refreshed: number | null = null
          for (const [i, count] of counts.entries()) {
            const day = FIRST + i
            const expired = await liveThrough(training, day, someValues(count), hour)
            const midnight = midnightAfter(day)
            const trailing = counts.slice(Math.max(0, i - 13), i + 1).reduce((a, b) => a + b, 0)
            const collecting = start >= 0 && i >= start
            const collected = midnight - ((FIRST + start) * DAY_MS + hour * HOUR_MS)
            let expires = false
            if (collecting && status !== 'EXPIRED' && collected >= days * DAY_MS) {
              firstAttempt ??= midnight
              if (trailing >= SETTINGS.minDatapoints) {
                status = 'ACTIVE'
                refreshed = midnight
              } else if (midnight - (refreshed ?? firstAttempt) >= 30 * DAY_MS) {
                status = 'EXPIRED'
                expires = true
              }
            }
            expect(expired).toBe(expires)
            expect(training.record).toMatchObject({ status, firstAttempt, refreshed })
          }
        },
      ),
      { numRuns: 25 },
    )
  })

  test('begins with the hour of the earliest datapoint', () => {
    const training = newTraining()
    training.collected(FIRST * DAY_MS + 5 * HOUR_MS + 7 * MINUTE_MS)
    expect(training.record.collectionStart).toBe(FIRST * DAY_MS + 5 * HOUR_MS)
    training.collected(FIRST * DAY_MS + 4 * HOUR_MS + 59 * MINUTE_MS)
    training.collected(FIRST * DAY_MS + 9 * HOUR_MS)
    expect(training.record.collectionStart).toBe(FIRST * DAY_MS + 4 * HOUR_MS)
  })

  test('waits for whole days of collection', async () => {
    const training = newTraining({ minDays: 2 })
    await liveThrough(training, FIRST, someValues(100), 1)
    await liveThrough(training, FIRST + 1, someValues(100))
    // 47 hours
    expect(training.record).toMatchObject({ status: 'PENDING_BUILD', firstAttempt: null })
    await liveThrough(training, FIRST + 2, someValues(100))
    await training.settle()
    expect(training.record.status).toBe('ACTIVE')
  })

  test('never built, it expires 30 days after the first attempt: on day 44', async () => {
    const training = newTraining({ minDays: 14 })
    const expired: number[] = []
    for (let i = 0; i < 60; i++)
      if (await liveThrough(training, FIRST + i, [1])) expired.push(i + 1)
    expect(expired).toEqual([44])
    expect(training.record.status).toBe('EXPIRED')
    expect(await training.modelAt((FIRST + 70) * DAY_MS)).toBeNull()
  })

  test('expired, it takes its model along and is never built again', async () => {
    const training = newTraining({ minDays: 1 })
    await liveThrough(training, FIRST, someValues(100))
    expect(await training.modelAt((FIRST + 1) * DAY_MS + HOUR_MS)).not.toBeNull()
    for (let i = 1; i <= 13; i++) await liveThrough(training, FIRST + i, [])
    expect(training.record.refreshed).toBe(midnightAfter(FIRST + 13))
    const expired: number[] = []
    for (let i = 14; i < 50; i++) if (await liveThrough(training, FIRST + i, [])) expired.push(i)
    expect(expired).toEqual([43])
    await liveThrough(training, FIRST + 50, someValues(500))
    expect(await training.modelAt((FIRST + 60) * DAY_MS)).toBeNull()
    expect(training.record.status).toBe('EXPIRED')
  })
})

describe('the model in force', () => {
  test('is the newest built an hour or more ago', async () => {
    const training = newTraining({ minDays: 1 })
    const midnight = midnightAfter(FIRST)
    await liveThrough(training, FIRST, someValues(100))
    expect(await training.modelAt(midnight)).toBeNull()
    expect(await training.modelAt(midnight + HOUR_MS - 1)).toBeNull()
    expect(await training.modelAt(midnight + HOUR_MS)).toMatchObject({ refreshed: midnight })
    await liveThrough(training, FIRST + 1, someValues(100))
    const next = midnight + DAY_MS
    expect(await training.modelAt(next + HOUR_MS - 1)).toMatchObject({ refreshed: midnight })
    expect(await training.modelAt(next + HOUR_MS)).toMatchObject({ refreshed: next })
  })

  test('after days in which nobody asked is the newest built an hour or more ago', async () => {
    const training = newTraining({ minDays: 1 })
    for (let i = 0; i < 3; i++) await liveThrough(training, FIRST + i, someValues(100))
    const midnight = midnightAfter(FIRST + 2)
    expect(await training.modelAt(midnight + 30 * MINUTE_MS)).toMatchObject({
      refreshed: midnight - DAY_MS,
    })
    expect(await training.modelAt(midnight + HOUR_MS)).toMatchObject({ refreshed: midnight })
  })

  test('is the fit over the datapoints of the trailing 14 days', async () => {
    const day = fc.array(
      fc.integer({ min: 0, max: 5_000 }).map((n) => n / 4),
      { maxLength: 30 },
    )
    const days = fc.array(day, { minLength: 4, maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(days, async (days) => {
        const training = newTraining({ minDays: 1, minDatapoints: 1 })
        for (const [i, values] of days.entries()) await liveThrough(training, FIRST + i, values)
        const model = await training.modelAt((FIRST + days.length) * DAY_MS + HOUR_MS)
        const trailing = days.slice(-14).flat()
        if (trailing.length === 0) return
        expect(model).toMatchObject({ kind: 'quantile', datapoints: trailing.length })
        const direct = quantileModel.fit(summaryOf(trailing), {
          quantiles: SETTINGS.quantiles,
          twoSided: true,
        })
        expect(Buffer.compare(model!.bytes, direct)).toBe(0)
      }),
      { numRuns: 15 },
    )
  })

  test('is waited for while it is being built', async () => {
    let finish = (): void => {}
    const training = newTraining({ minDays: 1 }, async (task) => {
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      return runFit(task, quantileModel)
    })
    await liveThrough(training, FIRST, someValues(100))
    let asked = false
    const model = training.modelAt(midnightAfter(FIRST) + HOUR_MS).finally(() => {
      asked = true
    })
    for (let i = 0; i < 20; i++) await Promise.resolve()
    expect(asked).toBe(false)
    finish()
    expect(await model).not.toBeNull()
  })
})

describe('what training has learned', () => {
  test('is counted over the open day and the 13 before it', async () => {
    const training = newTraining()
    for (let i = 0; i < 20; i++) {
      await liveThrough(training, FIRST + i, someValues(i + 1))
    }
    await training.settle()
    expect(training.datapoints(FIRST + 20)).toBe(
      8 + 9 + 10 + 11 + 12 + 13 + 14 + 15 + 16 + 17 + 18 + 19 + 20,
    )
    expect(training.openCount(FIRST + 20)).toBe(0)
    openSummaries(training, FIRST + 20)
      .at(-1)
      .merge(summaryOf([1, 2, 3]))
    expect(training.openCount(FIRST + 20)).toBe(3)
    const open = openSummaries(training, FIRST + 20).map((summary) => summary.count)
    expect(open).toEqual([0, 0, 3])
  })
})
