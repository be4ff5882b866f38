/**
 * The last values of a series in ascending order without a second list that tells their age: values keep
 * 20 bits of their significand, and the lowest 4 bits of each word say which slot, in turn, it filled.
 * Words are the floats' bit patterns, those of negative values turned round, so that they sort as
 * integers.
 */
const SLOT = 15
const TURN = 0x7fffffff
/** Squares of differences of values up to this fit float32. */
const LARGEST = 2 ** 60

const float = new Float32Array(1)
const pattern = new Int32Array(float.buffer)

/** The word of a value, the nearest with 20 bits; of slot 0. */
export function ringWord(value: number): number {
  float[0] = (value > LARGEST ? LARGEST : value < -LARGEST ? -LARGEST : value) + 0
  const bits = (pattern[0]! + (SLOT + 1) / 2) & ~SLOT
  return bits < 0 ? (bits ^ TURN) & ~SLOT : bits
}

/** The value of a word, whatever its slot. */
export function ringValue(word: number): number {
  pattern[0] = word < 0 ? (word | SLOT) ^ TURN : word & ~SLOT
  return float[0]!
}

/** Fills all slots with one value. */
export function startRing(words: Int32Array, at: number, slots: number, word: number): void {
  for (let slot = 0; slot < slots; slot++) words[at + slot] = word | slot
}

/** The middle value, or the mean of the two in the middle, in single precision. */
export function ringMedian(words: Int32Array, at: number, slots: number): number {
  const middle = at + (slots >> 1)
  const upper = ringValue(words[middle]!)
  return (slots & 1) === 1 ? upper : Math.fround((upper + ringValue(words[middle - 1]!)) * 0.5)
}

/** Puts a value, as its word, in the place of the one in `slot`. */
export function replaceInRing(
  words: Int32Array,
  at: number,
  slots: number,
  slot: number,
  value: number,
): void {
  const word = value | slot
  let place = at
  while ((words[place]! & SLOT) !== slot) place++
  const last = at + slots - 1
  while (place < last && words[place + 1]! < word) {
    words[place] = words[place + 1]!
    place++
  }
  while (place > at && words[place - 1]! > word) {
    words[place] = words[place - 1]!
    place--
  }
  words[place] = word
}

/**
 * Goes on with another number of slots, slot 0 being next: the youngest values stay, and where there are
 * too few the oldest is repeated.
 */
export function resizeRing(
  words: Int32Array,
  at: number,
  slots: number,
  next: number,
  wanted: number,
): void {
  const bySlot = new Int32Array(slots)
  for (let i = at; i < at + slots; i++) bySlot[words[i]! & SLOT] = words[i]! & ~SLOT
  const byAge = Array.from({ length: slots }, (_, age) => bySlot[(next + age) % slots]!)
  startRing(words, at, wanted, byAge[Math.max(0, slots - wanted)]!)
  const kept = byAge.slice(-wanted)
  for (const [i, word] of kept.entries()) {
    replaceInRing(words, at, wanted, wanted - kept.length + i, word)
  }
}
