/**
 * exp, log, powers and sin built from + - * / sqrt alone, which IEEE 754 rounds in one way. The ones in Math
 * may differ in the last bit between engines (`**` does, from Node 22 to 24), and a last bit decides what a
 * rejection sampler draws and what an event says. Relative error below 1e-14.
 */

const { LN2, LN10 } = Math
const EXP_STEPS = 32
const STEPS_PER_LN2 = EXP_STEPS / LN2
const LN2_PER_STEP = LN2 / EXP_STEPS

/** 2^(j/32): the 32nd root is five square roots deep. */
const ROOT_OF_TWO = Math.sqrt(Math.sqrt(Math.sqrt(Math.sqrt(Math.sqrt(2)))))
const ROOTS = new Float64Array(EXP_STEPS).fill(1)
for (let j = 1; j < EXP_STEPS; j++) ROOTS[j] = ROOTS[j - 1]! * ROOT_OF_TWO

/** 2^(e - 1022) by e. */
const POWERS_OF_TWO = new Float64Array(2_046).fill(1)
for (let e = 1_023; e < 2_046; e++) POWERS_OF_TWO[e] = POWERS_OF_TWO[e - 1]! * 2
for (let e = 1_021; e >= 0; e--) POWERS_OF_TWO[e] = POWERS_OF_TWO[e + 1]! / 2

/** e^x, for x in [-700, 700]; beyond, the value at the bound. */
export function exp(x: number): number {
  const bounded = x < -700 ? -700 : x > 700 ? 700 : x
  const k = Math.floor(bounded * STEPS_PER_LN2 + 0.5)
  const r = bounded - k * LN2_PER_STEP
  const series = 1 + r * (1 + r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120)))))
  return ROOTS[k & 31]! * series * POWERS_OF_TWO[(k >> 5) + 1_022]!
}

const LOG_CELLS = 64
const CENTER_INVERSE = new Float64Array(LOG_CELLS)
const CENTER_LOG = new Float64Array(LOG_CELLS)
for (let j = 0; j < LOG_CELLS; j++) {
  const center = cellCenter(j)
  CENTER_INVERSE[j] = 1 / center
  CENTER_LOG[j] = logSeries(center)
}

function cellCenter(cell: number): number {
  return 1 + (cell + 0.5) / LOG_CELLS
}

/** ln x = 2 artanh((x - 1) / (x + 1)), for x in [1, 2]. */
function logSeries(x: number): number {
  const z = (x - 1) / (x + 1)
  let term = z
  let sum = 0
  for (let n = 1; n < 60; n += 2) {
    sum += term / n
    term *= z * z
  }
  return 2 * sum
}

const FLOAT = new Float64Array(1)
const WORDS = new Int32Array(FLOAT.buffer)
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0

/** Natural logarithm of a positive normal number. */
export function log(x: number): number {
  FLOAT[0] = x
  const high = WORDS[HIGH]!
  const cell = (high >>> 14) & 63
  WORDS[HIGH] = (high & 0xfffff) | 0x3ff00000
  const r = (FLOAT[0] - (1 + (cell + 0.5) / LOG_CELLS)) * CENTER_INVERSE[cell]!
  const series = r * (1 - r * (1 / 2 - r * (1 / 3 - r * (1 / 4 - r * (1 / 5 - r * (1 / 6))))))
  return ((high >>> 20) - 1_023) * LN2 + CENTER_LOG[cell]! + series
}

/** `base` to the `exponent`; base above 0. */
export function power(base: number, exponent: number): number {
  return exp(exponent * log(base))
}

/** 10 to the `exponent`, which lies in [-300, 300]; of a whole one the nearest number there is. */
export function powerOfTen(exponent: number): number {
  const whole = Math.round(exponent)
  return whole === exponent ? Number(`1e${whole}`) : exp(exponent * LN10)
}

/** sin(2 pi x): the angle is in turns. */
export function sinTurns(turns: number): number {
  let t = turns - Math.floor(turns + 0.5)
  if (t > 0.25) t = 0.5 - t
  else if (t < -0.25) t = -0.5 - t
  const angle = t * 6.283185307179586
  const square = angle * angle
  let sum = 1
  for (let n = 20; n >= 2; n -= 2) sum = 1 - (square / (n * (n + 1))) * sum
  return angle * sum
}

/** cos(2 pi x): the angle is in turns. */
export function cosTurns(turns: number): number {
  return sinTurns(turns + 0.25)
}

const SMALL_FACTORIALS = 16
const LOG_FACTORIAL = new Float64Array(SMALL_FACTORIALS)
for (let n = 2; n < SMALL_FACTORIALS; n++) LOG_FACTORIAL[n] = LOG_FACTORIAL[n - 1]! + log(n)

const HALF_LOG_TWO_PI = 0.9189385332046727

/** ln n!, for a whole n >= 0; Stirling's series from 16 on. */
export function logFactorial(n: number): number {
  if (n < SMALL_FACTORIALS) return LOG_FACTORIAL[n]!
  const inverse = 1 / n
  const square = inverse * inverse
  return (
    (n + 0.5) * log(n) -
    n +
    HALF_LOG_TWO_PI +
    inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1_260)))
  )
}
