import { CONFIDENCE_LEVELS, type ConfidenceLevel, LEVEL_SCORE } from '../domain/behavior.ts'
import { binOf, binOfHighWord } from './bins.ts'
import type {
  Columns,
  FitSettings,
  ModelState,
  PooledKind,
  Scores,
  Thresholds,
  Verdict,
} from './model.ts'
import { OpenSummary } from './open-summary.ts'
import { OrderStatistics } from './order-statistics.ts'
import { mergeSummaries, type Summary } from './summary.ts'

/**
 * The pooled empirical quantile per behavior: a datapoint is anomalous at a level when it lies outside
 * the level's quantiles of all things' last 14 days. No state beside the summaries, no seasons.
 *
 * A model's bytes: a header of doubles, then for each bin of the training range the tail score
 * -log10 P(a datapoint at least as extreme) as float32.
 */
export const quantileModel: PooledKind = {
  name: 'quantile',
  pooled: true,
  summarize,
  merge: mergeSummaries,
  fit,
  score,
  explain,
  thresholds,
}

/** Scores stay below this, whatever the evidence. */
const MAX_SCORE = 15
/** Just below each level's bound, also as float32: what a score inside the level is held under. */
const UNDER = CONFIDENCE_LEVELS.map((level) => LEVEL_SCORE[level] - 2 ** -21)
const SEASON = 'all hours of all days'

/** Offsets in the header, in doubles. */
const COUNT = 0
const UPPER = 1
const LOWER = 4
const FIRST_BIN = 7
const HEADER_DOUBLES = 8

interface View {
  header: Float64Array
  tail: Float32Array
}

function summarize(state: ModelState, columns: Columns): void {
  new OpenSummary(state.open, state.openAt).add(
    columns.value,
    columns.from,
    columns.to,
    columns.thing,
    columns.watched,
  )
}

function fit(summary: Summary, settings: FitSettings): Uint8Array {
  const statistics = new OrderStatistics(summary)
  const first = summary.count === 0 ? 0 : binOf(summary.min)
  const bins = summary.count === 0 ? 0 : binOf(summary.max) - first + 1
  const bytes = new Uint8Array(new SharedArrayBuffer(HEADER_DOUBLES * 8 + bins * 4))
  const { header, tail } = viewOf(bytes)
  header[COUNT] = summary.count
  settings.quantiles.forEach((quantile, level) => {
    header[UPPER + level] = statistics.tailQuantile(quantile, 'above')
    header[LOWER + level] = settings.twoSided
      ? statistics.tailQuantile(quantile, 'below')
      : Number.NEGATIVE_INFINITY
  })
  header[FIRST_BIN] = first
  tailScores(summary, settings.twoSided, first, tail)
  return bytes
}

/** Fills `tail` with the score of each bin, those between filled ones included: of the side with fewer datapoints. */
function tailScores(summary: Summary, twoSided: boolean, first: number, tail: Float32Array): void {
  const { bins, counts, count } = summary
  const scoreOf = (above: number, below: number): number =>
    tailScore(twoSided ? Math.min(above, below) : above, count)
  let below = 0
  for (let i = 0; i < bins.length; i++) {
    const above = count - below
    below += counts[i]!
    const at = bins[i]! - first
    tail[at] = scoreOf(above, below)
    // An empty bin has the same datapoints above it as the next filled one, and below it as the last.
    const end = i + 1 < bins.length ? bins[i + 1]! - first : tail.length
    if (at + 1 < end) tail.fill(scoreOf(count - below, below), at + 1, end)
  }
}

/** -log10 of the share of `extreme` datapoints among `count`, never certain: (extreme + 1/2) / (count + 1). */
function tailScore(extreme: number, count: number): number {
  return Math.min(MAX_SCORE, Math.max(0, -Math.log10((extreme + 0.5) / (count + 1))))
}

/** What scoring asks of a model beside its thresholds; `tail` is where its tail scores begin, in bytes. */
export interface Scoring {
  tail: number
  /** The first bin that has a tail score, and how many there are. */
  first: number
  bins: number
  /** The scores above and below all bins. */
  above: number
  below: number
}

export function scoringOf(model: Uint8Array): Scoring {
  const { header, tail } = viewOf(model)
  const above = tailScore(0, header[COUNT]!)
  const below = header[LOWER] === Number.NEGATIVE_INFINITY ? 0 : above
  return { tail: HEADER_DOUBLES * 8, first: header[FIRST_BIN]!, bins: tail.length, above, below }
}

function score(model: Uint8Array, _state: ModelState, columns: Columns, out: Scores): void {
  const { value, from, to, watched, thing } = columns
  const { s, s0 } = out
  const { header, tail } = viewOf(model)
  const { first, above, below } = scoringOf(model)
  const upper = header[UPPER]!
  const lower = header[LOWER]!
  const highWords = new Int32Array(value.buffer, value.byteOffset, value.length * 2)
  for (let i = from; i < to; i++) {
    if (watched !== null && watched[thing[i]!] !== 1) {
      s[i] = Number.NaN
      s0[i] = Number.NaN
      continue
    }
    const x = value[i]!
    const bin = binOfHighWord(highWords[2 * i + 1]!) - first
    const raw = bin < 0 ? below : bin < tail.length ? tail[bin]! : above
    const scored =
      x > upper || x < lower ? anomalousScore(header, x, raw) : Math.min(raw, UNDER[0]!)
    s[i] = scored
    s0[i] = scored
  }
}

/** Holds a raw tail score inside the band that the three thresholds, compared exactly, allow. */
function anomalousScore(header: Float64Array, value: number, raw: number): number {
  let level = 0
  while (level < 2 && outside(header, level + 1, value)) level++
  const floor = LEVEL_SCORE[CONFIDENCE_LEVELS[level]!]
  return Math.max(floor, level < 2 ? Math.min(raw, UNDER[level + 1]!) : raw)
}

function outside(header: Float64Array, level: number, value: number): boolean {
  return value > header[UPPER + level]! || value < header[LOWER + level]!
}

function explain(model: Uint8Array, value: number, level: ConfidenceLevel): Verdict {
  const view = viewOf(model)
  const out = { s: new Float32Array(1), s0: new Float32Array(1) }
  const column = Float64Array.of(value)
  score(model, { open: new SharedArrayBuffer(0), openAt: 0 }, oneRow(column), out)
  const { low, high } = thresholds(model)[level]
  return {
    low,
    high,
    side: low !== null && high !== null && value - low < high - value ? 'below' : 'above',
    score: out.s[0]!,
    anomalousAt: CONFIDENCE_LEVELS.filter((_, i) => outside(view.header, i, value)),
    season: SEASON,
  }
}

function thresholds(model: Uint8Array): Thresholds {
  const { header } = viewOf(model)
  const range = (level: number) => {
    const low = header[LOWER + level]!
    return { low: Number.isFinite(low) ? low : null, high: header[UPPER + level]! }
  }
  return { LOW: range(0), MEDIUM: range(1), HIGH: range(2) }
}

function oneRow(value: Float64Array): Columns {
  return {
    thing: new Int32Array(1),
    window: new Int32Array(1),
    value,
    from: 0,
    to: 1,
    watched: null,
  }
}

function viewOf(bytes: Uint8Array): View {
  const header = new Float64Array(bytes.buffer, bytes.byteOffset, HEADER_DOUBLES)
  const bins = (bytes.byteLength - HEADER_DOUBLES * 8) / 4
  return {
    header,
    tail: new Float32Array(bytes.buffer, bytes.byteOffset + HEADER_DOUBLES * 8, bins),
  }
}
