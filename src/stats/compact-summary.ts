import { binOfPattern, binValue, floatBin } from './float-bins.ts'
import { LOWER, type Side, UPPER } from './thing-tail.ts'

/**
 * What a lane learns of a behavior on an open day, in (shared) memory of zeros: counts of datapoints, and
 * per side a histogram of excesses, each beyond its own thing's quantile and in its scale. Merging adds
 * integers, so it is exact in any order.
 */
const HEADER_DOUBLES = 8
const DATAPOINTS = 0
/** Those of things old enough to be judged by themselves. */
const JUDGED = 1
/** The middle thing's deviation, which holds for the day. */
const DEVIATION = 2

/** Excesses below the first bin or above the last are counted there. */
const FIRST = floatBin(2 ** -12)
const CELLS = floatBin(2 ** 24) - FIRST
const HEADER_BYTES: number = HEADER_DOUBLES * 8

export const COMPACT_OPEN_BYTES: number = HEADER_BYTES + 2 * CELLS * 4

/** Excesses by bin, ascending: how many of each. */
export interface ExcessCounts {
  bins: Int32Array
  counts: Uint32Array
}

/** A closed day of a behavior. */
export interface CompactDay {
  count: number
  judged: number
  excesses: readonly [upper: ExcessCounts, lower: ExcessCounts]
}

const float = new Float32Array(1)
const pattern = new Int32Array(float.buffer)

/** The bin of an excess above 0. */
export function excessBin(excess: number): number {
  float[0] = excess
  const bin = binOfPattern(pattern[0]!)
  return bin < FIRST ? FIRST : bin < FIRST + CELLS ? bin : FIRST + CELLS - 1
}

export const LEAST_EXCESS_BIN: number = FIRST
export const LAST_EXCESS_BIN: number = FIRST + CELLS - 1

export class OpenCompact {
  readonly #header: Float64Array
  readonly #cells: Uint32Array

  /** `at`, a multiple of 8, is where in the memory it lies. */
  constructor(memory: SharedArrayBuffer | ArrayBuffer, at = 0) {
    this.#header = new Float64Array(memory, at, HEADER_DOUBLES)
    this.#cells = new Uint32Array(memory, at + HEADER_BYTES, 2 * CELLS)
  }

  get count(): number {
    return this.#header[DATAPOINTS]!
  }

  get deviation(): number {
    return this.#header[DEVIATION]!
  }

  set deviation(deviation: number) {
    this.#header[DEVIATION] = deviation
  }

  addDatapoints(count: number): void {
    this.#header[DATAPOINTS]! += count
  }

  addJudged(count: number): void {
    this.#header[JUDGED]! += count
  }

  addExcess(side: Side, bin: number): void {
    this.#cells[side * CELLS + bin - FIRST]!++
  }

  /** What it holds; nothing changes. */
  read(): CompactDay {
    return {
      count: this.#header[DATAPOINTS]!,
      judged: this.#header[JUDGED]!,
      excesses: [this.#filled(UPPER), this.#filled(LOWER)],
    }
  }

  add({ count, judged, excesses }: CompactDay): void {
    this.addDatapoints(count)
    this.addJudged(judged)
    for (const side of [UPPER, LOWER] as const) {
      const { bins, counts } = excesses[side]
      for (let i = 0; i < bins.length; i++) {
        this.#cells[side * CELLS + bins[i]! - FIRST]! += counts[i]!
      }
    }
  }

  /** Forgets the datapoints; the deviation stays. */
  clear(): void {
    this.#header[DATAPOINTS] = 0
    this.#header[JUDGED] = 0
    this.#cells.fill(0)
  }

  #filled(side: Side): ExcessCounts {
    const cells = this.#cells.subarray(side * CELLS, (side + 1) * CELLS)
    const length = cells.reduce((filled, count) => filled + (count > 0 ? 1 : 0), 0)
    const bins = new Int32Array(length)
    const counts = new Uint32Array(length)
    let at = 0
    cells.forEach((count, cell) => {
      if (count === 0) return
      bins[at] = cell + FIRST
      counts[at++] = count
    })
    return { bins, counts }
  }
}

/** The datapoints of several days or lanes as one. */
export function mergeCompact(days: readonly CompactDay[]): CompactDay {
  const merged = new OpenCompact(new ArrayBuffer(COMPACT_OPEN_BYTES))
  for (const day of days) merged.add(day)
  return merged.read()
}

/** How many excesses there are, and their mean. */
export function moments({ bins, counts }: ExcessCounts): { size: number; mean: number } {
  let size = 0
  let sum = 0
  for (let i = 0; i < bins.length; i++) {
    size += counts[i]!
    sum += counts[i]! * binValue(bins[i]!)
  }
  return { size, mean: size === 0 ? 0 : sum / size }
}
