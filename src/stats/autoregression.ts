import type { NumberLog } from './number-log.ts'

/**
 * What the last four datapoints foretell, learned by recursive least squares with forgetting (Ljung,
 * System Identification, 1999, section 11.2): x_t ~ w_0 + w_1 x_(t-1) + ... + w_4 x_(t-4). An error is
 * learned from as if it were no larger than four robust deviations, so that a spike teaches little.
 */
const ORDER = 4
const TERMS = ORDER + 1
const FORGETTING = 0.9995
/** Deviations an error counts for at most when learned from, and when the deviation itself is. */
const CLIP = 4
const SCALE_CLIP = 5
const SCALE_WEIGHT = 0.005
/** Of a normal distribution: deviation over mean absolute deviation, about. */
const DEVIATION_PER_MEAN = 1.25
const LEAST_GROWTH = 1e-9
/** A covariance grown so far has forgotten some direction: it begins anew. */
const TRACE_LIMIT = 1e8

const WEIGHTS = 0
const COVARIANCE: number = TERMS
const TERM: number = COVARIANCE + TERMS * TERMS
const SCALE: number = TERM + TERMS
const SEEN: number = SCALE + 1
const CELLS: number = SEEN + 1

/** Of a series in units of its own, about 0 and of a deviation about 1: the start weighs in those. */
export class Autoregression {
  readonly #cells: Float64Array = new Float64Array(CELLS)
  readonly #gain: Float64Array = new Float64Array(TERMS)

  constructor() {
    const cells = this.#cells
    cells[WEIGHTS + 1] = 1
    cells[SCALE] = 1
    cells[TERM] = 1
    this.#beginCovariance()
  }

  /** The error of what was foretold for this datapoint; learns from it. */
  residual(x: number): number {
    const cells = this.#cells
    const seen = cells[SEEN]!
    if (seen === 0) cells.fill(x, TERM + 1, TERM + TERMS)
    let foretold = 0
    for (let i = 0; i < TERMS; i++) foretold += cells[WEIGHTS + i]! * cells[TERM + i]!
    const error = x - foretold
    if (seen >= ORDER) this.#learn(error)
    else cells[SEEN] = seen + 1
    cells.copyWithin(TERM + 2, TERM + 1, TERM + ORDER)
    cells[TERM + 1] = x
    return error
  }

  #learn(error: number): void {
    const cells = this.#cells
    const gain = this.#gain
    const scale = cells[SCALE]!
    const clipped = Math.min(Math.max(error, -CLIP * scale), CLIP * scale)
    cells[SCALE] =
      (1 - SCALE_WEIGHT) * scale +
      SCALE_WEIGHT * Math.min(Math.abs(error), SCALE_CLIP * scale) * DEVIATION_PER_MEAN +
      LEAST_GROWTH
    let share = FORGETTING
    for (let i = 0; i < TERMS; i++) {
      let sum = 0
      for (let j = 0; j < TERMS; j++) sum += cells[COVARIANCE + i * TERMS + j]! * cells[TERM + j]!
      gain[i] = sum
      share += cells[TERM + i]! * sum
    }
    let trace = 0
    for (let i = 0; i < TERMS; i++) {
      cells[WEIGHTS + i]! += (gain[i]! / share) * clipped
      for (let j = 0; j < TERMS; j++) {
        const at = COVARIANCE + i * TERMS + j
        cells[at] = (cells[at]! - (gain[i]! * gain[j]!) / share) / FORGETTING
      }
      trace += cells[COVARIANCE + i * (TERMS + 1)]!
    }
    if (trace > TRACE_LIMIT) this.#beginCovariance()
  }

  #beginCovariance(): void {
    this.#cells.fill(0, COVARIANCE, COVARIANCE + TERMS * TERMS)
    for (let i = 0; i < TERMS; i++) this.#cells[COVARIANCE + i * (TERMS + 1)] = 1
  }

  save(log: NumberLog): void {
    log.writeAll(this.#cells)
  }

  load(log: NumberLog): void {
    this.#cells.set(log.readAll(CELLS))
  }
}
