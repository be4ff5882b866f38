import { cellBase, PAGE } from '../columnar/pane-columns.ts'
import type { SameWindow, ViolationEvent } from '../domain/violation.ts'
import { binFloor, BIN_SPAN, floatBin } from '../stats/float-bins.ts'
import { heldValue } from '../stats/series-kernel.ts'
import type { Digest } from '../tasks/digest.ts'
import type { Pane } from '../window/pane.ts'
import type { Stretch } from '../window/stretch.ts'
import type { Watch } from './watch.ts'

/** An event that came of a datapoint, and where it came from. */
export interface MeasuredEvent {
  event: ViolationEvent
  watch: Watch
  window: number
}

/** Up to so many values their quartiles are exact; of more they are right to 0.4 %. */
const EXACT = 10_000

/**
 * Adds to the explanations of a stretch's events what the other things did in the same window. Taken from
 * the windows as they closed, once all their rows have been judged: batches and threads do not matter.
 */
export function compareWithFleet(
  events: readonly MeasuredEvent[],
  { panes, digested }: Stretch,
  metrics: number,
  membersOf: (watch: Watch) => Uint8Array | null,
): void {
  const known = new Map<Watch, Map<number, SameWindow>>()
  for (const { event, watch, window } of events) {
    const pane = panes.find((candidate) => candidate.window === window)
    if (watch.judge.kind !== 'ml' || event.explanation === null) continue
    let own = known.get(watch)
    if (own === undefined) known.set(watch, (own = new Map()))
    let same = own.get(window)
    if (same === undefined) {
      const values =
        pane === undefined
          ? digestedValues(watch, digested!.digest, window)
          : valuesOf(watch, pane, metrics, membersOf(watch))
      const anomalous = watch.anomalies.get(window) ?? 0
      same = { things: values.length, anomalous, ...quartiles(values) }
      own.set(window, same)
    }
    event.explanation = {
      ...event.explanation,
      sameWindow: same,
      text: event.explanation.text + sameWindowText(same),
    }
  }
}

/** What a behavior's things measured in a window, one value each. */
function valuesOf(
  { metricIndex }: Watch,
  { mark, value }: Pane,
  metrics: number,
  members: Uint8Array | null,
): Float64Array {
  const width = PAGE * metrics
  const values = new Float64Array(mark.length / metrics)
  let count = 0
  for (let page = 0; page * width < mark.length; page++) {
    const first = cellBase(page * PAGE, metrics) + metricIndex * PAGE
    for (let i = 0; i < PAGE; i++) {
      if ((mark[first + i] ?? 0) === 0) continue
      if (members !== null && members[page * PAGE + i] !== 1) continue
      values[count++] = value[first + i]! + 0
    }
  }
  return values.subarray(0, count)
}

/** The same of a window that came with a digest, which only behaviors that watch all things look at. */
function digestedValues({ metricIndex }: Watch, { blocks }: Digest, window: number): Float64Array {
  for (const { from, window: windows, value } of blocks) {
    const own = windows.subarray(from[metricIndex], from[metricIndex + 1])
    const first = own.indexOf(window)
    if (first < 0) continue
    const values = value.subarray(from[metricIndex], from[metricIndex + 1])
    return values.slice(first, own.lastIndexOf(window) + 1)
  }
  throw new RangeError(`no block of the digest holds window ${window}`)
}

function quartiles(values: Float64Array): { low: number; middle: number; high: number } {
  const ranks = [0.25, 0.5, 0.75].map((share) => Math.round(share * (values.length - 1)))
  const [low, middle, high] = (
    values.length > EXACT ? atRanks(values, ranks) : ranks.map((rank) => values.sort()[rank]!)
  ) as [number, number, number]
  return { low, middle, high }
}

let binCounts: Uint32Array = new Uint32Array(0)

/** The values of some ranks, ascending, as the least of their bins. */
function atRanks(values: Float64Array, ranks: readonly number[]): number[] {
  if (binCounts.length === 0) binCounts = new Uint32Array(2 * BIN_SPAN)
  const counts = binCounts
  counts.fill(0)
  for (const value of values) counts[floatBin(heldValue(value)) + BIN_SPAN]!++
  let before = 0
  let bin = -1
  return ranks.map((rank) => {
    while (before <= rank) before += counts[++bin]!
    return binFloor(bin - BIN_SPAN)
  })
}

function sameWindowText({ things, anomalous, low, middle, high }: SameWindow): string {
  if (things === 1) return '; no other thing measured anything then'
  const [first, second, third] = [low, middle, high].map((value) => Number(value.toPrecision(5)))
  return (
    `; then ${anomalous} of ${things} things were anomalous, the middle one had ${second} ` +
    `(half of them ${first} to ${third})`
  )
}
