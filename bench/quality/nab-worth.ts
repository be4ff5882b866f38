import type { Span } from './series.ts'

/** A series of the corpus. */
export interface NabSeries {
  rows: number
  windows: readonly Span[]
}

const PROBATION = 0.15
const LONGEST_PROBATION = 750
/** Beyond so many widths behind a window a detection costs in full. */
const FADED = 3
/** Instead of a window: in none, and before anything is judged. */
export const OUTSIDE = -1
export const PROBATIONARY = -2

/** 2 / (1 + e^5x) - 1: 1 far before 0, -1 far behind it. */
function sigmoid(x: number): number {
  return 2 / (1 + Math.exp(5 * x)) - 1
}

/** What a detection at each row is worth, and the window it lies in (of the whole corpus). */
export interface Worth {
  worth: Float64Array
  window: Int32Array
}

/** `firstWindow` is the number of its first window in the corpus. */
export function worthOf({ rows, windows }: NabSeries, firstWindow: number): Worth {
  const worth = new Float64Array(rows).fill(-1)
  const window = new Int32Array(rows).fill(OUTSIDE)
  const most = -sigmoid(1)
  windows.forEach(([first, last], k) => {
    const width = last - first + 1
    for (let i = first; i <= last; i++) {
      worth[i] = sigmoid(-(last - i + 1) / width) / most
      window[i] = firstWindow + k
    }
    const end = windows[k + 1]?.[0] ?? rows
    for (let i = last + 1; i < end; i++) {
      const behind = (i - last) / (width - 1)
      worth[i] = behind > FADED ? -1 : sigmoid(behind)
    }
  })
  window.fill(PROBATIONARY, 0, Math.min(Math.floor(PROBATION * rows), LONGEST_PROBATION))
  return { worth, window }
}
