/**
 * Fixed logarithmic bins over all doubles: the upper bits of the float's own pattern (sign, exponent
 * and 11 bits of the mantissa), so a bin is at most 2^-11 = 0.05 % wide, needs no logarithm, sorts as
 * an integer, and bins of different days, shards and machines line up. Bin 0 is zero and everything
 * smaller than 2^-32; magnitudes from 2^64 on share the last bin. Negative values have negative bins.
 */
const MANTISSA_BITS = 11
const SHIFT = 20 - MANTISSA_BITS
const FIRST = (1_023 - 32) << MANTISSA_BITS

/** The outermost bins are -BIN_LIMIT and BIN_LIMIT. */
export const BIN_LIMIT: number = (32 + 64) << MANTISSA_BITS

const float = new Float64Array(1)
const words = new Int32Array(float.buffer)

/** The bin of a finite double. */
export function binOf(value: number): number {
  float[0] = value
  return binOfHighWord(words[1]!)
}

/** The bin of the double whose upper 32 bits (little-endian word 1) these are: for loops over columns. */
export function binOfHighWord(high: number): number {
  const magnitude = ((high & 0x7fffffff) >> SHIFT) - FIRST + 1
  if (magnitude <= 0) return 0
  const bin = magnitude > BIN_LIMIT ? BIN_LIMIT : magnitude
  return high < 0 ? -bin : bin
}

/** The magnitudes a bin holds: from the smallest (inside) up to the largest (outside). */
export function binEdges(bin: number): readonly [inner: number, outer: number] {
  if (bin === 0) return [0, edge(1)]
  const magnitude = Math.abs(bin)
  return [edge(magnitude), edge(magnitude + 1)]
}

function edge(magnitude: number): number {
  words[0] = 0
  words[1] = (magnitude - 1 + FIRST) << SHIFT
  return float[0]!
}
