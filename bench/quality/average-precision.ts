import type { Labelled } from './series.ts'

/**
 * Area under the curve of precision over recall, row by row: judged rows in labelled stretches are to
 * be found, those to be ignored are left out. Equal scores are found together.
 */
export function averagePrecision(
  series: readonly Labelled[],
  scores: readonly Float64Array[],
): number {
  const [wanted, unwanted] = sides(series, scores)
  let area = 0
  let others = unwanted.length
  let found = wanted.length
  while (found > 0) {
    const threshold = wanted[found - 1]!
    const before = found
    while (found > 0 && wanted[found - 1] === threshold) found--
    while (others > 0 && unwanted[others - 1]! >= threshold) others--
    const hits = wanted.length - found
    area += ((before - found) / wanted.length) * (hits / (hits + unwanted.length - others))
  }
  return area
}

/** Scores of the judged rows in labelled stretches and outside them, ascending. */
function sides(
  series: readonly Labelled[],
  scores: readonly Float64Array[],
): [wanted: Float64Array, unwanted: Float64Array] {
  const rows = scores.reduce((sum, { length }) => sum + length, 0)
  const columns = [new Float64Array(rows), new Float64Array(rows)] as const
  const counts: [number, number] = [0, 0]
  series.forEach(({ anomalies, ignored, from }, i) => {
    const side = new Uint8Array(scores[i]!.length).fill(UNWANTED)
    for (const [first, last] of anomalies) side.fill(WANTED, first, last + 1)
    for (const [first, last] of ignored) side.fill(LEFT_OUT, first, last + 1)
    for (let row = from; row < side.length; row++) {
      const to = side[row]!
      if (to !== LEFT_OUT) columns[to as 0 | 1][counts[to as 0 | 1]++] = scores[i]![row]!
    }
  })
  return [columns[WANTED].slice(0, counts[0]).sort(), columns[UNWANTED].slice(0, counts[1]).sort()]
}

const WANTED = 0
const UNWANTED = 1
const LEFT_OUT = 2
