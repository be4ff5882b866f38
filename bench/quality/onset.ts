import type { ScoreColumn } from './series.ts'

/**
 * Keeps a score where it is above all of the `rows` before it and makes it 0 elsewhere: an alarm is a
 * beginning. The benchmark counts every row of a long detection as a false alarm of its own; the
 * product has alarm states for that, so this is a part of the scorer and not of any detector.
 */
export function onsets(scores: ScoreColumn, rows: number): Float64Array {
  const kept = new Float64Array(scores.length)
  // Rows that may still be the highest of a stretch to come, by falling score.
  const highest = new Int32Array(scores.length)
  let head = 0
  let tail = 0
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]! > 0 ? scores[i]! : 0
    while (head < tail && highest[head]! < i - rows) head++
    if (score > (head < tail ? scores[highest[head]!]! : 0)) kept[i] = score
    if (score === 0) continue
    while (head < tail && scores[highest[tail - 1]!]! <= score) tail--
    highest[tail++] = i
  }
  return kept
}
