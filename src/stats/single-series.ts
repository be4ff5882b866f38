import type { EpochMs } from '../domain/time.ts'
import { LARGEST } from './float-bins.ts'
import {
  clearHabituation,
  fadeHabituation,
  habituate,
  HABITUATION_CELLS,
  habituationGrowth,
} from './habituation.ts'
import { NumberLog } from './number-log.ts'
import { OrderedWindow } from './ordered-window.ts'
import { CHANNELS, SeriesChannels, unitsOf } from './series-channels.ts'
import { LEAST_WINDOW, trailingScore } from './trailing-tail.ts'

/** Datapoints the tails are made of: fourteen days of one every five minutes. */
const WINDOW = 4_032
const TOLERANCE = 0.75
const GROWTH = habituationGrowth(WINDOW)

/** Datapoints a series, and a channel of it, is known by before it is judged: as those of a fleet. */
export const START = 200

/**
 * The model of a series without a fleet: learns from each datapoint as it comes, keeps 14 days of nine
 * channels in order, and scores by the most unusual of them. Up to 0.6 MB, less while it is young.
 *
 * Scores are -log10 of tail probabilities, in [0, 15]. They depend on earlier datapoints and their own
 * only, and are the same bits however often the state went through bytes.
 */
export class SingleSeries {
  /** Of the last datapoint, before habituation; NaN while the series settles. */
  s0: number = Number.NaN
  /** The same by channel, in the order of CHANNELS; 0 where a channel is missing. */
  readonly channelScores: Float64Array = new Float64Array(CHANNELS.length)
  readonly #start: number
  /** Time and value of the first datapoints in turn, until they are enough. */
  #early: number[] = []
  #channels: SeriesChannels | null = null
  readonly #values: Float64Array = new Float64Array(CHANNELS.length)
  readonly #tails: readonly OrderedWindow[] = CHANNELS.map(() => new OrderedWindow(WINDOW))
  readonly #habituation: Float64Array = new Float64Array(HABITUATION_CELLS)

  /** `start` is LEAST_WINDOW at least. */
  constructor(start: number = START) {
    if (!(start >= LEAST_WINDOW)) throw new RangeError(`a start of ${start} datapoints`)
    this.#start = start
    clearHabituation(this.#habituation, 0)
  }

  /** Takes in the next datapoint (a finite value) and returns its score; NaN while the series settles. */
  add(time: EpochMs, value: number): number {
    const x = value > LARGEST ? LARGEST : value < -LARGEST ? -LARGEST : value
    if (this.#channels !== null) return this.#judge(this.#channels, time, x)
    this.#early.push(time, x)
    if (this.#early.length === 2 * this.#start) this.#settle()
    return Number.NaN
  }

  #settle(): void {
    const early = this.#early
    const time = Float64Array.from({ length: early.length / 2 }, (_, i) => early[2 * i]!)
    const value = time.map((_, i) => early[2 * i + 1]!)
    this.#channels = new SeriesChannels(unitsOf(time, value))
    for (let i = 0; i < time.length; i++) this.#judge(this.#channels, time[i]!, value[i]!)
    this.#early = []
    this.s0 = Number.NaN
    this.channelScores.fill(0)
  }

  #judge(channels: SeriesChannels, time: EpochMs, x: number): number {
    const values = this.#values
    channels.next(time, x, values)
    let most = 0
    for (let i = 0; i < values.length; i++) {
      const tail = this.#tails[i]!
      const here = values[i]!
      let score = 0
      if (!Number.isNaN(here)) {
        const below = tail.below(here)
        if (tail.count >= this.#start) score = trailingScore(tail, here, below)
        tail.add(here, below)
      }
      this.channelScores[i] = score
      if (score > most) most = score
    }
    this.s0 = most
    const score = habituate(this.#habituation, 0, most, TOLERANCE)
    fadeHabituation(this.#habituation, 0, GROWTH)
    return score
  }

  /** The state as bytes, a checkpoint. */
  encode(): Uint8Array {
    const log = NumberLog.empty()
    log.writeAll([VERSION, this.#start, this.#early.length])
    log.writeAll(this.#early)
    log.write(this.#channels === null ? 0 : 1)
    if (this.#channels === null) return log.toBytes()
    this.#channels.save(log)
    for (const tail of this.#tails) tail.save(log)
    log.writeAll(this.#habituation)
    return log.toBytes()
  }

  /** The state that `encode` wrote, to be continued; throws a RangeError on other bytes. */
  static decode(bytes: Uint8Array): SingleSeries {
    const log = NumberLog.of(bytes)
    if (log.read() !== VERSION) throw new RangeError('not the state of a single series')
    const series = new SingleSeries(log.read())
    series.#early = [...log.readAll(log.read())]
    if (log.read() === 0) return series
    series.#channels = SeriesChannels.load(log)
    for (const tail of series.#tails) tail.load(log)
    series.#habituation.set(log.readAll(HABITUATION_CELLS))
    return series
  }
}

const VERSION = 1
