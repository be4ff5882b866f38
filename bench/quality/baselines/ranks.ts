/** How many of the ascending numbers lie below `value`, equal ones counted half. */
export function midRank(ascending: Float64Array, value: number): number {
  const below = countBelow(ascending, value, 0, (a, b) => a < b)
  return (below + countBelow(ascending, value, below, (a, b) => a <= b)) / 2
}

function countBelow(
  ascending: Float64Array,
  value: number,
  from: number,
  isBelow: (a: number, b: number) => boolean,
): number {
  let low = from
  let high = ascending.length
  while (low < high) {
    const half = (low + high) >>> 1
    if (isBelow(ascending[half]!, value)) low = half + 1
    else high = half
  }
  return low
}

/** -log10 of the share of ascending numbers at least as extreme, on the side that has fewer of them. */
export function rankScore(ascending: Float64Array, value: number): number {
  const rank = midRank(ascending, value)
  const beyond = Math.min(rank, ascending.length - rank)
  return -Math.log10((beyond + 0.5) / (ascending.length + 1))
}
