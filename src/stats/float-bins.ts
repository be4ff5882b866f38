/**
 * Bins of at most 0.4 % over float32: exponent and 8 bits of the mantissa, taken from the bit pattern
 * without a logarithm, as 16-bit numbers that sort as the values do. Bins of different days, things and
 * machines line up. Magnitudes below 2^-40 share bin 0; the bin of a negative value is the complement
 * of its magnitude's. What is judged is binned as what was learned, so rounding is no surprise.
 */

/** The least positive bin but 0; the numbers between are nobody's bins. */
export const LEAST_BIN = 4_096
/** All bins lie in [-BIN_SPAN, BIN_SPAN). */
export const BIN_SPAN = 0x8000
/** Magnitudes beyond this are held to it, so that differences have a bin. */
export const LARGEST: number = 2 ** 70

/** A bin has the bits of a float32's pattern from this one on. */
export const BIN_SHIFT = 15
const OFFSET = ((127 - 40) << 8) - LEAST_BIN

const float = new Float32Array(1)
const pattern = new Int32Array(float.buffer)

/** The bin of a float32 (a double is rounded to one) of a magnitude up to 2 LARGEST. */
export function floatBin(value: number): number {
  float[0] = value
  return binOfPattern(pattern[0]!)
}

/** The bin of the float32 of this bit pattern. */
export function binOfPattern(bits: number): number {
  const bin = ((bits & 0x7fffffff) >> BIN_SHIFT) - OFFSET
  if (bin < LEAST_BIN) return 0
  return (bin < BIN_SPAN ? bin : BIN_SPAN - 1) ^ (bits >> 31)
}

/** The middle of each bin, at [bin + BIN_SPAN]; 0 for bin 0. */
export const BIN_VALUE: Float32Array = new Float32Array(2 * BIN_SPAN)
for (let bin = LEAST_BIN; bin < BIN_SPAN; bin++) {
  pattern[0] = ((bin + OFFSET) << BIN_SHIFT) | (1 << (BIN_SHIFT - 1))
  BIN_VALUE[BIN_SPAN + bin] = float[0]!
  BIN_VALUE[BIN_SPAN + ~bin] = -float[0]!
}

export function binValue(bin: number): number {
  return BIN_VALUE[BIN_SPAN + bin]!
}

/** The least value that lies in a bin. */
export function binFloor(bin: number): number {
  if (bin === 0) return 0
  if (bin < 0) return -floorOf(~bin + 1)
  return floorOf(bin)
}

function floorOf(bin: number): number {
  pattern[0] = (bin + OFFSET) << BIN_SHIFT
  return float[0]!
}
