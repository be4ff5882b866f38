/** `count` quantiles from the least to the greatest, interpolated linearly between ascending values. */
export function quantiles(ascending: Float64Array, count: number): number[] {
  const last = ascending.length - 1
  if (last < 0) return []
  return Array.from({ length: count }, (_, i) => {
    const position = i === count - 1 ? last : i * (1 / (count - 1)) * last
    const below = Math.min(Math.floor(position), last)
    const [a, b] = [ascending[below]!, ascending[Math.min(below + 1, last)]!]
    const part = position - below
    return part < 0.5 ? a + (b - a) * part : b - (b - a) * (1 - part)
  })
}

/** The first position of ascending numbers that holds `bound` or more; their length if none does. */
export function firstAtLeast(ascending: Float64Array, bound: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const half = (low + high) >>> 1
    if (ascending[half]! < bound) low = half + 1
    else high = half
  }
  return low
}

/** The middle of ascending numbers, of an even count the mean of the two; NaN of none. */
export function middle(ascending: ArrayLike<number>): number {
  const half = ascending.length >> 1
  if (ascending.length % 2 === 1) return ascending[half]!
  return ascending.length === 0 ? Number.NaN : (ascending[half - 1]! + ascending[half]!) / 2
}

/** The least double above a number that is not negative. */
export function nextAfter(value: number): number {
  const bits = new BigInt64Array(Float64Array.of(value + 0).buffer)
  bits[0]! += 1n
  return new Float64Array(bits.buffer)[0]!
}
