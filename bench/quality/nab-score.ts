import { type NabSeries, OUTSIDE, PROBATIONARY, type Worth, worthOf } from './nab-worth.ts'
import type { ScoreColumn } from './series.ts'

/**
 * The score of the Numenta Anomaly Benchmark (Lavin and Ahmad 2015), by its published rules: a labelled
 * window counts once, more the earlier in it the first detection lies; a detection outside costs, less
 * right behind a window; a missed window costs. 0 is who never detects, 100 who is perfect.
 */
export const PROFILES = {
  standard: { missed: 1, falseAlarm: 0.11 },
  lowFalsePositives: { missed: 1, falseAlarm: 0.22 },
  lowFalseNegatives: { missed: 2, falseAlarm: 0.11 },
} as const
export type Profile = keyof typeof PROFILES
export const PROFILE_NAMES = Object.keys(PROFILES) as Profile[]

export interface NabScore {
  score: number
  /** Scores from here on are detections. */
  threshold: number
}

export class NabScorer {
  readonly #series: readonly Worth[]
  /** Windows of the corpus, and those of them that reach beyond the probation. */
  readonly #windows: number
  readonly #reachable: number

  constructor(corpus: readonly NabSeries[]) {
    let windows = 0
    this.#series = corpus.map((series) => {
      const worth = worthOf(series, windows)
      windows += series.windows.length
      return worth
    })
    this.#windows = windows
    const reached = new Set(this.#series.flatMap(({ window }) => [...new Set(window)]))
    this.#reachable = [...reached].filter((window) => window >= 0).length
  }

  /** Each profile's score at the one threshold that is best for it over the corpus. */
  best(scores: readonly ScoreColumn[]): Record<Profile, NabScore> {
    const tally = new Tally(this.#windows)
    const best = everyProfile((): NabScore => ({ score: 0, threshold: Number.POSITIVE_INFINITY }))
    const { score, worth, window } = this.#judgedRows(scores)
    const order = fallingOrder(score)
    for (let i = 0; i < order.length; i++) {
      const row = order[i]!
      tally.detect(worth[row]!, window[row]!)
      const threshold = score[row]!
      if (i + 1 < order.length && score[order[i + 1]!] === threshold) continue
      for (const profile of PROFILE_NAMES) {
        const now = this.#normalised(tally, profile)
        if (now > best[profile].score) best[profile] = { score: now, threshold }
      }
    }
    return best
  }

  /** Each profile's score where scores from `threshold` on are detections. */
  at(scores: readonly ScoreColumn[], threshold: number): Record<Profile, number> {
    const tally = this.#tallyAt(scores, threshold)
    return everyProfile((profile) => this.#normalised(tally, profile))
  }

  /** Windows met, of how many, and detections outside, where scores from `threshold` on are detections. */
  counts(scores: readonly ScoreColumn[], threshold: number): NabCounts {
    const { hits, falseAlarms } = this.#tallyAt(scores, threshold)
    return { hits, windows: this.#windows, falseAlarms }
  }

  #tallyAt(scores: readonly ScoreColumn[], threshold: number): Tally {
    const tally = new Tally(this.#windows)
    this.#series.forEach(({ worth, window }, i) => {
      const column = scores[i]!
      for (let row = 0; row < window.length; row++) {
        if (column[row]! >= threshold && window[row] !== PROBATIONARY) {
          tally.detect(worth[row]!, window[row]!)
        }
      }
    })
    return tally
  }

  /** The rows behind the probation that have a score, of all series in one. */
  #judgedRows(scores: readonly ScoreColumn[]): Worth & { score: Float64Array } {
    const most = this.#series.reduce((sum, { window }) => sum + window.length, 0)
    const score = new Float64Array(most)
    const worth = new Float64Array(most)
    const window = new Int32Array(most)
    let rows = 0
    this.#series.forEach((series, i) => {
      const column = scores[i]!
      for (let row = 0; row < column.length; row++) {
        if (series.window[row] === PROBATIONARY || Number.isNaN(column[row])) continue
        score[rows] = column[row]!
        worth[rows] = series.worth[row]!
        window[rows++] = series.window[row]!
      }
    })
    return {
      score: score.subarray(0, rows),
      worth: worth.subarray(0, rows),
      window: window.subarray(0, rows),
    }
  }

  /** 0 for missing all windows, 100 for meeting all at their first row without false alarms. */
  #normalised(tally: Tally, profile: Profile): number {
    const { missed, falseAlarm } = PROFILES[profile]
    const gained = tally.worthInside + missed * tally.hits + falseAlarm * tally.worthOutside
    return (100 * gained) / (this.#windows + missed * this.#reachable)
  }
}

export interface NabCounts {
  hits: number
  windows: number
  falseAlarms: number
}

class Tally {
  hits = 0
  falseAlarms = 0
  worthInside = 0
  worthOutside = 0
  readonly #best: Float64Array

  constructor(windows: number) {
    this.#best = new Float64Array(windows).fill(Number.NEGATIVE_INFINITY)
  }

  detect(worth: number, window: number): void {
    if (window === OUTSIDE) {
      this.falseAlarms++
      this.worthOutside += worth
      return
    }
    const before = this.#best[window]!
    if (before >= worth) return
    this.#best[window] = worth
    if (before === Number.NEGATIVE_INFINITY) {
      this.hits++
      this.worthInside += worth
    } else {
      this.worthInside += worth - before
    }
  }
}

function fallingOrder(score: Float64Array): Uint32Array {
  const order = new Uint32Array(score.length)
  for (let i = 0; i < order.length; i++) order[i] = i
  return order.sort((a, b) => score[b]! - score[a]!)
}

function everyProfile<T>(of: (profile: Profile) => T): Record<Profile, T> {
  return Object.fromEntries(PROFILE_NAMES.map((name) => [name, of(name)])) as Record<Profile, T>
}
