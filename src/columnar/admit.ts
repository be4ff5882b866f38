import type { RejectReason } from '../domain/reject.ts'
import { MAX_TIME } from '../domain/time.ts'
import type { ChunkBuilder, SizeColumns } from './chunk.ts'
import { nameAt } from './name-table.ts'
import type { Refusal, RowNames } from './row-names.ts'

/** What is known of rows that a decoder has put behind the builder's own. */
export interface Arrivals {
  count: number
  /** Resolves the negative codes in the columns `thing` and `metric`. */
  names: RowNames
  /** 1 where a row (counted from the first of these) had no value; null when all had. */
  valueMissing: Uint8Array | null
}

/** What stands in the time column where there was no timestamp at all. */
export const NO_TIME: number = Number.NEGATIVE_INFINITY

/**
 * Checks the `count` rows that lie in the columns behind `builder.rows` and makes those that pass rows
 * of the builder; the others are counted by their reasons. One pass over the columns when all pass.
 */
export function admitRows(builder: ChunkBuilder, arrivals: Arrivals): void {
  const from = builder.rows
  const to = from + arrivals.count
  const firstBad = firstRefused(builder, arrivals.names, from, to)
  const passed =
    builder.sizes === null ? firstBad : Math.min(firstBad, firstBadSize(builder.sizes, from, to))
  builder.rows = passed < to ? compact(builder, arrivals, from, passed, to) : to
  builder.lines += arrivals.count
}

/** The first row in [from, to) that may not enter; `to` when all may. */
function firstRefused(builder: ChunkBuilder, names: RowNames, from: number, to: number): number {
  const { thing, metric, time, value } = builder
  const { counts } = builder.context
  const latest = latestTime(builder)
  // Where all names are good, which is the rule, their codes need no look.
  const named = names.flawed ? firstUnnamed(thing, metric, from, to) : to
  for (let i = from; i < named; i++) {
    const v = value[i]!
    const t = time[i]!
    // Of NaN and the infinities v - v is NaN.
    if (!(t >= 0 && t <= latest && v - v === 0)) return i
    if (v < 0 && counts[metric[i]!] === 1) return i
  }
  return named
}

function firstUnnamed(thing: Int32Array, metric: Int32Array, from: number, to: number): number {
  let i = from
  while (i < to && (thing[i]! | metric[i]!) >= 0) i++
  return i
}

function latestTime(builder: ChunkBuilder): number {
  return Math.min(MAX_TIME, builder.context.notAfter)
}

function firstBadSize({ min, sum, count }: SizeColumns, from: number, to: number): number {
  let i = from
  while (i < to && Number.isFinite(min[i]! + sum[i]! + count[i]!)) i++
  return i
}

/** Moves the rows that may enter to `from` and on, and returns where they end. */
function compact(
  builder: ChunkBuilder,
  arrivals: Arrivals,
  from: number,
  passed: number,
  to: number,
): number {
  const { thing, metric, time, value, sizes } = builder
  const refused = new Map<RejectReason, number>()
  let rows = passed
  for (let i = passed; i < to; i++) {
    const refusal = refusalOf(builder, arrivals, i, i - from)
    if (refusal === null) {
      thing[rows] = thing[i]!
      metric[rows] = metric[i]!
      time[rows] = time[i]!
      value[rows] = value[i]!
      if (sizes !== null) moveSizes(sizes, i, rows)
      rows++
    } else if (builder.rejects.rows.length < builder.context.keepRejects) {
      const { reason, detail } =
        typeof refusal === 'string' ? detailed(builder, refusal, i) : refusal
      builder.reject(builder.lines + i - from + 1, reason, detail, rowText(builder, i))
    } else {
      const reason = typeof refusal === 'string' ? refusal : refusal.reason
      refused.set(reason, (refused.get(reason) ?? 0) + 1)
    }
  }
  const { counts } = builder.rejects
  for (const [reason, number] of refused) counts[reason] = (counts[reason] ?? 0) + number
  return rows
}

function moveSizes({ min, sum, count }: SizeColumns, from: number, to: number): void {
  min[to] = min[from]!
  sum[to] = sum[from]!
  count[to] = count[from]!
}

const NULL_TIME: Refusal = { reason: 'malformed', detail: 'timestamp null' }
const NULL_VALUE: Refusal = { reason: 'malformed', detail: 'value null' }
const BAD_SIZE: Refusal = { reason: 'not-a-number', detail: 'minimum, sum or count' }

/** Why row i may not enter: in full where that costs nothing, else the reason alone. */
function refusalOf(
  builder: ChunkBuilder,
  arrivals: Arrivals,
  i: number,
  offset: number,
): Refusal | RejectReason | null {
  const metric = builder.metric[i]!
  const time = builder.time[i]!
  const value = builder.value[i]!
  const { names, valueMissing } = arrivals
  if (builder.thing[i]! < 0) return names.refusal(builder.thing[i]!)
  if (metric < 0) return names.refusal(metric)
  if (time === NO_TIME) return NULL_TIME
  if (valueMissing !== null && valueMissing[offset] === 1) return NULL_VALUE
  const moment = time >= 0 && time <= MAX_TIME ? time : Number.NaN
  const reason = builder.refusal(metric, moment, value)
  if (reason !== null || builder.sizes === null) return reason
  const { min, sum, count } = builder.sizes
  return Number.isFinite(min[i]! + sum[i]! + count[i]!) ? null : BAD_SIZE
}

function detailed(builder: ChunkBuilder, reason: RejectReason, i: number): Refusal {
  const isTime = reason === 'bad-timestamp' || reason === 'future-dated'
  const detail = isTime ? `timestamp ${builder.time[i]}` : `value ${builder.value[i]}`
  return { reason, detail }
}

/** The row for people: `thing "a" metric "b" timestamp 1 value 2`. */
function rowText(builder: ChunkBuilder, i: number): string {
  const code = builder.thing[i]!
  const metric = builder.context.metrics[builder.metric[i]!]
  const parts = [
    code < 0 ? '' : `thing ${JSON.stringify(nameAt(builder.things, code))}`,
    metric === undefined ? '' : `metric ${JSON.stringify(metric)}`,
    `timestamp ${builder.time[i]}`,
    `value ${builder.value[i]}`,
  ]
  return parts.filter((part) => part !== '').join(' ')
}
