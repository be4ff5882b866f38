const ZERO = 48
const MINUS = 45
const POINT = 46

/** Integers of so many digits are exact doubles. */
const MAX_DIGITS = 15
const POWERS_OF_TEN = Float64Array.from({ length: MAX_DIGITS + 1 }, (_, k) => Number(`1e${k}`))

/**
 * Reads plain decimals (`12`, `-0.5`; JSON's grammar without exponent) of at most 15 digits from
 * bytes. Mantissa and power of ten are exact doubles then, so that one division rounds correctly
 * and the result is the very double that `JSON.parse` and `Number` give.
 */
export class DecimalReader {
  /** The first byte behind the number that was read last. */
  end = 0

  /**
   * The number that starts at `start`; NaN when it is no plain decimal (it may still be a number).
   * The bytes must end with something that is not part of a number. Whether `end` is where the
   * number should end is for the caller to check.
   */
  read(bytes: Uint8Array, start: number): number {
    let at = start
    const negative = bytes[at] === MINUS
    if (negative) at++
    const first = at
    let mantissa = 0
    let digit = 0
    while ((digit = bytes[at]! - ZERO) >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit
      at++
    }
    let digits = at - first
    if (digits === 0 || (digits > 1 && bytes[first] === ZERO)) return Number.NaN
    let decimals = 0
    if (bytes[at] === POINT) {
      const point = at++
      while ((digit = bytes[at]! - ZERO) >= 0 && digit <= 9) {
        mantissa = mantissa * 10 + digit
        at++
      }
      decimals = at - point - 1
      if (decimals === 0) return Number.NaN
      digits += decimals
    }
    if (digits > MAX_DIGITS) return Number.NaN
    this.end = at
    const size = decimals === 0 ? mantissa : mantissa / POWERS_OF_TEN[decimals]!
    return negative ? -size : size
  }
}
