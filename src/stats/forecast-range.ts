/**
 * What is normal where a value may lie so far below or above either of two forecasts: a range about both,
 * or, where they are too far apart for that, about the one that came nearer to `x`.
 */
export function rangeAbout(
  x: number,
  mean: number,
  median: number,
  below: number,
  above: number,
): { low: number; high: number } {
  const lower = Math.min(mean, median)
  const upper = Math.max(mean, median)
  if (lower + above >= upper - below) return { low: lower - below, high: upper + above }
  const nearer = Math.abs(x - mean) < Math.abs(x - median) ? mean : median
  return { low: nearer - below, high: nearer + above }
}
