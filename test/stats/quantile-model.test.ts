import { Worker } from 'node:worker_threads'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CONFIDENCE_LEVELS, LEVEL_SCORE } from '../../src/domain/behavior.ts'
import type { Columns, FitSettings } from '../../src/stats/model.ts'
import { modelKind } from '../../src/stats/model-kinds.ts'
import { quantileModel } from '../../src/stats/quantile-model.ts'
import { OPEN_SUMMARY_BYTES, OpenSummary } from '../../src/stats/open-summary.ts'
import { bitsOf, datapoint, datapoints, quantileCont, summaryOf } from './datapoints.ts'

const QUANTILES = [0.99, 0.999, 0.9999] as const
const TWO_SIDED: FitSettings = { quantiles: QUANTILES, twoSided: true }
const ONE_SIDED: FitSettings = { quantiles: QUANTILES, twoSided: false }
const NO_STATE = { open: new SharedArrayBuffer(0), openAt: 0 }

const settings = fc.constantFrom(TWO_SIDED, ONE_SIDED)
/** Enough of them that the levels differ. */
const training = fc.oneof(
  datapoints(1, 300),
  fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 200, maxLength: 400 }),
  fc.array(fc.double({ min: -100, max: 1e6, noNaN: true }), { minLength: 200, maxLength: 400 }),
)

function columnsOf(values: readonly number[]): Columns {
  return {
    thing: new Int32Array(values.length),
    window: new Int32Array(values.length),
    value: Float64Array.from(values),
    from: 0,
    to: values.length,
    watched: null,
  }
}

function scoresOf(model: Uint8Array, values: readonly number[]): number[] {
  const out = { s: new Float32Array(values.length), s0: new Float32Array(values.length) }
  quantileModel.score(model, NO_STATE, columnsOf(values), out)
  expect(out.s0).toEqual(out.s)
  return [...out.s]
}

function fitted(values: readonly number[], settings: FitSettings): Uint8Array {
  return quantileModel.fit(summaryOf(values), settings)
}

/** Everything worth asking a model about: what it saw, its thresholds and their neighbours, and beyond. */
function questions(model: Uint8Array, seen: readonly number[]): number[] {
  const bounds = Object.values(quantileModel.thresholds(model)).flatMap(({ low, high }) => [
    ...(low === null ? [] : [low]),
    ...(high === null ? [] : [high]),
  ])
  const near = bounds.flatMap((bound) => [bound, bound * (1 + 1e-15), bound * (1 - 1e-15)])
  return [...seen, ...near, 0, -1, 1, 1e9, -1e9, 1e300, -1e300].filter(Number.isFinite)
}

function outside(value: number, { low, high }: { low: number | null; high: number | null }) {
  return (low !== null && value < low) || (high !== null && value > high)
}

describe('thresholds', () => {
  test('of LOW lie within those of MEDIUM, and these within those of HIGH', () => {
    fc.assert(
      fc.property(training, settings, (values, settings) => {
        const { LOW, MEDIUM, HIGH } = quantileModel.thresholds(fitted(values, settings))
        expect(MEDIUM.high).toBeGreaterThanOrEqual(LOW.high!)
        expect(HIGH.high).toBeGreaterThanOrEqual(MEDIUM.high!)
        if (settings.twoSided) {
          expect(MEDIUM.low).toBeLessThanOrEqual(LOW.low!)
          expect(HIGH.low).toBeLessThanOrEqual(MEDIUM.low!)
          expect(LOW.low).toBeLessThanOrEqual(LOW.high!)
        } else expect([LOW.low, MEDIUM.low, HIGH.low]).toEqual([null, null, null])
      }),
      { numRuns: 200 },
    )
  })

  test('are the quantiles of the training datapoints', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 2_000 }), { minLength: 1, maxLength: 400 })
    fc.assert(
      fc.property(counts, (values) => {
        const thresholds = quantileModel.thresholds(fitted(values, TWO_SIDED))
        for (const [i, level] of CONFIDENCE_LEVELS.entries()) {
          const { low, high } = thresholds[level]
          expect(high).toBe(quantileCont(values, QUANTILES[i]!))
          expect(low).toBeCloseTo(quantileCont(values, 1 - QUANTILES[i]!), 9)
        }
      }),
      { numRuns: 100 },
    )
  })

  test('of mirrored datapoints are mirrored', () => {
    const values = fc.array(fc.integer({ min: -2_000, max: 2_000 }), {
      minLength: 1,
      maxLength: 301,
    })
    fc.assert(
      fc.property(values, (values) => {
        const thresholds = quantileModel.thresholds(fitted(values, TWO_SIDED))
        const mirrored = quantileModel.thresholds(
          fitted(
            values.map((value) => -value),
            TWO_SIDED,
          ),
        )
        for (const level of CONFIDENCE_LEVELS) {
          expect(mirrored[level].low! + thresholds[level].high!).toBe(0)
          expect(mirrored[level].high! + thresholds[level].low!).toBe(0)
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('scores', () => {
  test('reach a level exactly where the value lies strictly outside its thresholds', () => {
    fc.assert(
      fc.property(training, settings, (values, settings) => {
        const model = fitted(values, settings)
        const thresholds = quantileModel.thresholds(model)
        const asked = questions(model, values)
        for (const [i, score] of scoresOf(model, asked).entries()) {
          expect(score).toBeGreaterThanOrEqual(0)
          expect(score).toBeLessThanOrEqual(15)
          for (const level of CONFIDENCE_LEVELS) {
            expect([asked[i], score, score >= LEVEL_SCORE[level]]).toEqual([
              asked[i],
              score,
              outside(asked[i]!, thresholds[level]),
            ])
          }
        }
      }),
      { numRuns: 150 },
    )
  })

  test('never call a constant anomalous that is all there ever was', () => {
    fc.assert(
      fc.property(datapoint, fc.integer({ min: 1, max: 500 }), settings, (value, n, settings) => {
        const model = fitted(new Array<number>(n).fill(value), settings)
        expect(scoresOf(model, [value])[0]).toBeLessThan(LEVEL_SCORE.LOW)
      }),
      { numRuns: 200 },
    )
  })

  test('never call anomalous what makes up more of the training than the level allows', () => {
    const value = fc.oneof(
      fc.integer({ min: 0, max: 2 ** 40 }),
      fc.integer({ min: -50_000, max: 50_000 }).map((tenths) => tenths / 10),
      fc.integer({ min: 0, max: 40 }).map((power) => 2 ** power),
    )
    fc.assert(
      fc.property(value, datapoints(99, 99), settings, (value, others, settings) => {
        const training = [...others, ...new Array<number>(100).fill(value)]
        expect(scoresOf(fitted(training, settings), [value])[0]).toBeLessThan(LEVEL_SCORE.LOW)
      }),
      { numRuns: 300 },
    )
  })

  test('grow with the distance beyond either tail', () => {
    const steps = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { maxLength: 20 })
    fc.assert(
      fc.property(training, steps, settings, (values, steps, settings) => {
        const model = fitted(values, settings)
        const { low, high } = quantileModel.thresholds(model).LOW
        const ascending = [0, ...steps].sort((a, b) => a - b)
        const above = scoresOf(
          model,
          ascending.map((step) => high! + step),
        )
        const below =
          low === null
            ? []
            : scoresOf(
                model,
                ascending.map((step) => low - step),
              )
        for (const scores of [above, below]) {
          expect(scores).toEqual(scores.toSorted((a, b) => a - b))
        }
      }),
      { numRuns: 150 },
    )
  })

  test('of a model of one tail are low below it', () => {
    const model = fitted([5, 6, 7, 8, 9], ONE_SIDED)
    const [below, least] = scoresOf(model, [1, 5])
    expect(below).toBeLessThanOrEqual(least!)
    expect(scoresOf(model, [-3])[0]).toBeLessThanOrEqual(least!)
  })

  test('are more extreme the more datapoints speak for it', () => {
    const few = fitted(new Array<number>(99).fill(1), TWO_SIDED)
    const many = fitted(new Array<number>(99_999).fill(1), TWO_SIDED)
    expect(scoresOf(few, [2])[0]).toBe(4)
    expect(scoresOf(many, [2])[0]).toBeCloseTo(Math.log10(2 * 100_000), 5)
  })

  test('do not change when everything is scaled by a power of two', () => {
    // Fractions and their multiples stay fractions, away from the bin of zero and the outermost ones.
    const fraction = fc.double({ min: 1e-3, max: 1e6, noNaN: true })
    const values = fc.array(fraction, { minLength: 1, maxLength: 300 })
    const power = fc.integer({ min: -12, max: 12 })
    fc.assert(
      fc.property(values, fraction, power, settings, (values, asked, power, settings) => {
        const all = [...values, Math.PI]
        const scale = 2 ** power
        const model = fitted(all, settings)
        const scaled = fitted(
          all.map((value) => value * scale),
          settings,
        )
        const questions = [...values, asked]
        expect(
          scoresOf(
            scaled,
            questions.map((value) => value * scale),
          ),
        ).toEqual(scoresOf(model, questions))
      }),
      { numRuns: 150 },
    )
  })

  test('are NaN where a thing is not watched, and written at the rows asked for alone', () => {
    const model = fitted([1, 2, 3], TWO_SIDED)
    const columns: Columns = {
      thing: Int32Array.of(0, 1, 2, 0, 9, 0),
      window: new Int32Array(6),
      value: Float64Array.of(1, 2, 3, 4, 5, 6),
      from: 1,
      to: 5,
      watched: Uint8Array.of(1, 0, 1),
    }
    const out = { s: new Float32Array(6).fill(-1), s0: new Float32Array(6).fill(-1) }
    quantileModel.score(model, NO_STATE, columns, out)
    expect([...out.s].map(Number.isNaN)).toEqual([false, true, false, false, true, false])
    expect([out.s[0], out.s[5]]).toEqual([-1, -1])
    expect(out.s0).toEqual(out.s)
  })
})

describe('explanations', () => {
  test('agree with the scores and the thresholds', () => {
    fc.assert(
      fc.property(training, settings, (values, settings) => {
        const model = fitted(values, settings)
        const thresholds = quantileModel.thresholds(model)
        const asked = questions(model, values.slice(0, 10))
        const scores = scoresOf(model, asked)
        for (const [i, value] of asked.entries()) {
          for (const level of CONFIDENCE_LEVELS) {
            const verdict = quantileModel.explain(model, value, level)
            expect(verdict).toMatchObject({ ...thresholds[level], score: scores[i] })
            expect(verdict.anomalousAt).toEqual(
              CONFIDENCE_LEVELS.filter((at) => scores[i]! >= LEVEL_SCORE[at]),
            )
            const { low, high } = thresholds[level]
            if (low !== null && value < low) expect(verdict.side).toBe('below')
            if (high !== null && value > high) expect(verdict.side).toBe('above')
          }
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('a model kind', () => {
  test('fits merged summaries as it fits all datapoints at once', () => {
    fc.assert(
      fc.property(datapoints(0, 80), datapoints(1, 80), settings, (a, b, settings) => {
        const merged = quantileModel.merge([summaryOf(a), summaryOf(b)])
        const model = quantileModel.fit(merged, settings)
        expect(Buffer.compare(model, fitted([...b, ...a], settings))).toBe(0)
      }),
      { numRuns: 100 },
    )
  })

  test('is found by its name, and refuses another', () => {
    expect(modelKind('quantile')).toBe(quantileModel)
    expect(() => modelKind('nonesuch')).toThrow('nonesuch')
  })
})

describe('in shared memory', () => {
  test('a worker learns and scores the same as this thread', async () => {
    const values = Array.from({ length: 5_000 }, (_, i) => ((i * 7_919) % 1_009) / 8)
    const model = fitted(values.slice(0, 2_000), TWO_SIDED)
    const shared = <T>(bytes: number, view: new (memory: SharedArrayBuffer) => T): T =>
      new view(new SharedArrayBuffer(bytes))
    const columns: Columns = {
      thing: shared(values.length * 4, Int32Array),
      window: shared(values.length * 4, Int32Array),
      value: shared(values.length * 8, Float64Array),
      from: 10,
      to: values.length,
      watched: null,
    }
    columns.value.set(values)
    const out = {
      s: shared(values.length * 4, Float32Array),
      s0: shared(values.length * 4, Float32Array),
    }
    const state = {
      open: new SharedArrayBuffer(3 * OPEN_SUMMARY_BYTES),
      openAt: OPEN_SUMMARY_BYTES,
    }
    const entry = new URL('../../src/stats/quantile-model.ts', import.meta.url).href
    const code = `
      const { register } = await import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))})
      register()
      const { quantileModel } = await import(${JSON.stringify(entry)})
      const { workerData, parentPort } = await import('node:worker_threads')
      const { model, state, columns, out } = workerData
      quantileModel.summarize(state, columns)
      quantileModel.score(model, state, columns, out)
      parentPort.postMessage('done')`
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {
      workerData: { model, state, columns, out },
    })
    await new Promise((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
    await worker.terminate()
    expect([...out.s.subarray(10)]).toEqual(scoresOf(model, values.slice(10)))
    const learned = [0, 1, 2].map((i) => new OpenSummary(state.open, i * OPEN_SUMMARY_BYTES))
    expect(learned.map(({ count }) => count)).toEqual([0, values.length - 10, 0])
    expect(bitsOf(learned[1]!.close())).toEqual(bitsOf(summaryOf(values.slice(10))))
  })
})
