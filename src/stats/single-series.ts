import { CONFIDENCE_LEVELS, LEVEL_SCORE } from '../domain/behavior.ts'
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
import { CHANNELS, FORECASTS, SeriesChannels, unitsOf, USUAL_FORECAST } from './series-channels.ts'
import { LEAST_WINDOW, trailingBound, trailingScore } from './trailing-tail.ts'

/** Datapoints the tails are made of: fourteen days of one every five minutes. */
const WINDOW = 4_032
const TOLERANCE = 0.75
const GROWTH = habituationGrowth(WINDOW)

/** Datapoints a series, and a channel of it, is known by before it is judged: as those of a fleet. */
export const START = 200

const LEVELS = CONFIDENCE_LEVELS.map((level) => LEVEL_SCORE[level])

/** Why a datapoint is unusual, in the unit of the series; filled in by `add`. */
export interface SingleVerdict {
  /** To be filled in whatever the score. */
  always: boolean
  /** Which of CHANNELS was the most unusual, and whether for being too high. */
  channel: number
  isAbove: boolean
  /** How many of the datapoints that are looked back at were as extreme in it. */
  asExtreme: number
  datapoints: number
  /** The forecast it was measured against, or else the usual one. */
  expected: number
  /** What all forecasts allow at LOW, MEDIUM and HIGH, before habituation. */
  low: number[]
  high: number[]
}

export function newVerdict(always: boolean): SingleVerdict {
  const none = {
    always,
    channel: USUAL_FORECAST,
    isAbove: true,
    asExtreme: 0,
    datapoints: 0,
    expected: 0,
  }
  return { ...none, low: [0, 0, 0], high: [0, 0, 0] }
}

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
  /** By channel, how many of its tail's numbers are less than the latest. */
  readonly #below: Int32Array = new Int32Array(CHANNELS.length)
  readonly #tails: readonly OrderedWindow[] = CHANNELS.map(() => new OrderedWindow(WINDOW))
  readonly #habituation: Float64Array = new Float64Array(HABITUATION_CELLS)

  /** `start` is LEAST_WINDOW at least. */
  constructor(start: number = START) {
    if (!(start >= LEAST_WINDOW)) throw new RangeError(`a start of ${start} datapoints`)
    this.#start = start
    clearHabituation(this.#habituation, 0)
  }

  /**
   * Takes in the next datapoint (a finite value) and returns its score; NaN while the series settles. What
   * is not `learned` goes into the forecasts, but is no example of what is normal. `verdict` is filled in
   * where the score reaches LOW, or always; not while the series settles.
   */
  add(time: EpochMs, value: number, learned = true, verdict: SingleVerdict | null = null): number {
    const x = value > LARGEST ? LARGEST : value < -LARGEST ? -LARGEST : value
    if (this.#channels !== null) return this.#judge(this.#channels, time, x, learned, verdict)
    if (!learned) return Number.NaN
    this.#early.push(time, x)
    if (this.#early.length === 2 * this.#start) this.#settle()
    return Number.NaN
  }

  #settle(): void {
    const early = this.#early
    const time = Float64Array.from({ length: early.length / 2 }, (_, i) => early[2 * i]!)
    const value = time.map((_, i) => early[2 * i + 1]!)
    this.#channels = new SeriesChannels(unitsOf(time, value))
    for (let i = 0; i < time.length; i++) {
      this.#judge(this.#channels, time[i]!, value[i]!, true, null)
    }
    this.#early = []
    this.s0 = Number.NaN
    this.channelScores.fill(0)
  }

  #judge(
    channels: SeriesChannels,
    time: EpochMs,
    x: number,
    learned: boolean,
    verdict: SingleVerdict | null,
  ): number {
    const values = this.#values
    channels.next(time, x, values)
    let most = 0
    for (let i = 0; i < values.length; i++) {
      const tail = this.#tails[i]!
      const here = values[i]!
      let score = 0
      if (!Number.isNaN(here)) {
        const below = tail.below(here)
        this.#below[i] = below
        if (tail.count >= this.#start) score = trailingScore(tail, here, below)
      }
      this.channelScores[i] = score
      if (score > most) most = score
    }
    if (verdict !== null && (verdict.always || most >= LEVEL_SCORE.LOW)) {
      this.#describe(channels, x, most, verdict)
    }
    if (learned) {
      for (let i = 0; i < values.length; i++) {
        if (!Number.isNaN(values[i]!)) this.#tails[i]!.add(values[i]!, this.#below[i])
      }
    }
    this.s0 = most
    const score = habituate(this.#habituation, 0, most, TOLERANCE, 0)
    fadeHabituation(this.#habituation, 0, GROWTH)
    return score
  }

  /** What would have been normal, as it is before the datapoint is learned. */
  #describe(channels: SeriesChannels, x: number, most: number, verdict: SingleVerdict): void {
    const channel = this.channelScores.indexOf(most)
    const tail = this.#tails[channel]!
    const below = this.#below[channel]!
    const notAbove = tail.notAbove(this.#values[channel]!, below)
    verdict.channel = channel
    verdict.isAbove = notAbove > tail.count - below
    verdict.asExtreme = verdict.isAbove ? tail.count - below : notAbove
    verdict.datapoints = tail.count
    const isForecast = FORECASTS.includes(channel)
    const told = isForecast ? channel : USUAL_FORECAST
    verdict.expected = x - channels.inUnits(told, this.#values[told]!)
    for (let i = LEVELS.length - 1; i >= 0; i--) {
      const level = LEVELS[i]!
      const bound = (one: number, side: 1 | -1): number =>
        x -
        channels.inUnits(one, this.#values[one]! - trailingBound(this.#tails[one]!, level, side))
      let low = Math.max(...FORECASTS.map((one) => bound(one, -1)))
      let high = Math.min(...FORECASTS.map((one) => bound(one, 1)))
      if (low > high) {
        // The forecasts have nothing in common: the one that is told has its way, within the wider level's.
        const wider = i + 1 < LEVELS.length ? i + 1 : null
        low = Math.max(
          bound(told, -1),
          wider === null ? Number.NEGATIVE_INFINITY : verdict.low[wider]!,
        )
        high = Math.min(bound(told, 1), wider === null ? Infinity : verdict.high[wider]!)
        if (low > high) low = high
      }
      verdict.low[i] = low
      verdict.high[i] = high
    }
  }

  /** Bytes of its numbers. */
  get bytes(): number {
    return CHANNELS.length * 2 * 8 * WINDOW
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
