/**
 * The percentile by nearest rank (Hyndman and Fan 1996, definition 1): the smallest value that at least
 * the given share of all do not exceed. Always one of the values; a share of 0 gives the least. `share`
 * counts in ten thousandths, so that ranks are exact. Sorts the values.
 */
export function percentile(values: Float64Array, share: number): number {
  const rank = Math.max(1, Math.ceil((values.length * share) / 10_000))
  return values.sort()[rank - 1] ?? Number.NaN
}
