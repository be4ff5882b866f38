import { DAY_MS, HOUR_MS } from '../../src/domain/time.ts'
import { averagePrecision } from './average-precision.ts'
import { firstAtLeast, middle, nextAfter, quantiles } from './order.ts'
import { judgedAnomalies, type Labelled, type ScoreColumn } from './series.ts'

/** Rows by which a detection may miss a labelled stretch's ends and still be one. */
const TOLERANCE = 2
/** Rows behind a labelled stretch in which detections are not false. */
const AFTERMATH = 12
/** Infinite scores count as this. */
const HIGHEST = 1e6
/** Thresholds at which the best F1 is looked for: so many quantiles of the events' scores. */
const F1_THRESHOLDS = 40

export interface BestF1 {
  f1: number
  precision: number
  recall: number
}

/**
 * Measures of detectors on labelled series, without point adjustment. A false alarm is a clock hour of
 * a series with a detection outside labelled stretches; an event is a labelled stretch, met when any
 * score in it (or two rows around) reaches the threshold. Rates are per series and day.
 */
export class FleetScorer {
  /** Judged time of all series together. */
  readonly days: number
  readonly events: number
  readonly averagePrecision: number
  /** Highest score of every clock hour outside labelled stretches, ascending. */
  readonly #hours: Float64Array
  readonly #events: readonly Event[]

  constructor(series: readonly Labelled[], scores: readonly ScoreColumn[]) {
    const clean = scores.map(finite)
    this.days = series.reduce(
      (sum, { time, from }) => sum + (time[time.length - 1]! - time[from]!) / DAY_MS,
      0,
    )
    this.#hours = concatenated(series.map((one, i) => quietHours(one, clean[i]!))).sort()
    this.#events = series.flatMap((one, i) => eventsOf(one, clean[i]!))
    this.events = this.#events.length
    this.averagePrecision = averagePrecision(series, clean)
  }

  /** False-alarm hours per series and day. */
  falseRate(threshold: number): number {
    return this.#falseHours(threshold) / this.days
  }

  /** Share of the events that are met; NaN when there are none. */
  recall(threshold: number): number {
    return this.#events.filter(({ highest }) => highest >= threshold).length / this.events
  }

  /** Median over the events met of the rows from the label's first to the first detection; NaN when none is. */
  medianDelay(threshold: number): number {
    const delays = this.#events
      .filter(({ highest }) => highest >= threshold)
      .map(({ scores, start }) => {
        const first = scores.findIndex((score) => score >= threshold)
        return Math.max(0, first - start)
      })
    return middle(delays.sort((a, b) => a - b))
  }

  /** Recall at the lowest threshold that keeps to `rate` false-alarm hours per series and day. */
  recallAt(rate: number): number {
    return this.recall(this.#thresholdFor(rate))
  }

  bestF1(): BestF1 {
    const highest = Float64Array.from(
      this.#events.map((event) => event.highest).filter((score) => score > 0),
    ).sort()
    let best: BestF1 = { f1: 0, precision: 0, recall: 0 }
    for (const threshold of quantiles(highest, F1_THRESHOLDS)) {
      const met = this.#events.filter((event) => event.highest >= threshold).length
      const recall = met / this.events
      const precision = met / (met + this.#falseHours(threshold))
      const f1 = (2 * precision * recall) / (precision + recall)
      if (f1 > best.f1) best = { f1, precision, recall }
    }
    return best
  }

  #falseHours(threshold: number): number {
    return this.#hours.length - firstAtLeast(this.#hours, threshold)
  }

  #thresholdFor(rate: number): number {
    const hours = Math.trunc(rate * this.days)
    if (hours >= this.#hours.length) return 0
    return nextAfter(this.#hours[this.#hours.length - 1 - hours]!)
  }
}

interface Event {
  /** Of the stretch and the rows around it. */
  scores: Float64Array
  /** Where in them the labelled stretch begins. */
  start: number
  highest: number
}

function eventsOf(series: Labelled, scores: Float64Array): Event[] {
  return judgedAnomalies(series).map(([first, last]) => {
    const at = Math.max(series.from, first - TOLERANCE)
    const own = scores.subarray(at, last + 1 + TOLERANCE)
    return { scores: own, start: first - at, highest: own.reduce((a, b) => Math.max(a, b)) }
  })
}

/** The highest score of every clock hour, of judged rows far from labelled stretches. */
function quietHours(series: Labelled, scores: Float64Array): Float64Array {
  const { time, from, anomalies, ignored } = series
  const quiet = new Uint8Array(time.length).fill(1, from)
  for (const [first, last] of [...anomalies, ...ignored]) {
    quiet.fill(0, Math.max(0, first - TOLERANCE), last + 1 + AFTERMATH)
  }
  const highest = new Float64Array(time.length)
  let hours = 0
  let before = Number.NaN
  for (let i = from; i < time.length; i++) {
    if (quiet[i] === 0) continue
    const hour = Math.floor(time[i]! / HOUR_MS)
    if (hour !== before) highest[hours++] = scores[i]!
    else if (scores[i]! > highest[hours - 1]!) highest[hours - 1] = scores[i]!
    before = hour
  }
  return highest.slice(0, hours)
}

function finite(scores: ScoreColumn): Float64Array {
  return Float64Array.from(scores, (score) => (Number.isNaN(score) ? 0 : Math.min(score, HIGHEST)))
}

function concatenated(columns: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(columns.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const column of columns) {
    all.set(column, at)
    at += column.length
  }
  return all
}
