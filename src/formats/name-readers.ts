import type { NameTable } from '../columnar/name-table.ts'

/** In a table of what bytes mean: part of a name that is written as it is. Anything else ends it. */
export const PLAIN = 0

/** What each byte means where every ASCII character but the control characters and `ends` is plain. */
export function byteMeanings(other: number, ends: Readonly<Record<number, number>>): Uint8Array {
  const meanings = new Uint8Array(256).fill(other)
  meanings.fill(PLAIN, 0x20, 0x7f)
  for (const [byte, meaning] of Object.entries(ends)) meanings[Number(byte)] = meaning
  return meanings
}

/**
 * Reads names of things from a stretch of bytes. Devices report their metrics one after the other, so
 * a name is first compared with the one before it and seldom needs to be looked up.
 */
export class ThingReader {
  readonly #bytes: Uint8Array
  readonly #meanings: Uint8Array
  readonly #things: NameTable
  #start = 0
  #end = 0
  #recentStart = 0
  #recentLength = 0
  #recentCode = -1
  #isRecent = false

  constructor(bytes: Uint8Array, meanings: Uint8Array, things: NameTable) {
    this.#bytes = bytes
    this.#meanings = meanings
    this.#things = things
  }

  /** The end of the plain bytes from `start` on; some byte that is not plain must follow. */
  read(start: number): number {
    const bytes = this.#bytes
    const meanings = this.#meanings
    const offset = this.#recentStart - start
    const stop = start + this.#recentLength
    let at = start
    while (at < stop && bytes[at] === bytes[at + offset]) at++
    this.#isRecent = at === stop && at > start && meanings[bytes[at]!] !== PLAIN
    while (meanings[bytes[at]!] === PLAIN) at++
    this.#start = start
    this.#end = at
    return at
  }

  /** The code of the name that was read last. */
  code(): number {
    if (this.#isRecent) return this.#recentCode
    this.#recentCode = this.#things.codeOf(this.#bytes, this.#start, this.#end)
    this.#recentStart = this.#start
    this.#recentLength = this.#end - this.#start
    return this.#recentCode
  }
}

/**
 * Reads names of known metrics from a stretch of bytes. Devices report them in an order of their own,
 * so a name is first compared with the one that came after the one before it last time.
 */
export class MetricReader {
  /** Index of the metric that was read last; -1 when it is not known. */
  code = -1
  readonly #bytes: Uint8Array
  readonly #meanings: Uint8Array
  readonly #metrics: NameTable
  /** By code, the code that came next; -1 before any did. The last one is for rows without a code. */
  readonly #next: Int32Array
  #recent = -1

  constructor(bytes: Uint8Array, meanings: Uint8Array, metrics: NameTable) {
    this.#bytes = bytes
    this.#meanings = meanings
    this.#metrics = metrics
    this.#next = new Int32Array(metrics.count + 1).fill(-1)
    this.#recent = metrics.count
  }

  /** The end of the plain bytes from `start` on; some byte that is not plain must follow. */
  read(start: number): number {
    const bytes = this.#bytes
    const meanings = this.#meanings
    const metrics = this.#metrics
    const guess = this.#next[this.#recent]!
    let at = start
    if (guess >= 0) {
      const names = metrics.bytes
      const nameEnd = metrics.offsets[guess + 1]!
      let name = metrics.offsets[guess]!
      while (name < nameEnd && bytes[at] === names[name]) {
        at++
        name++
      }
      if (name === nameEnd && meanings[bytes[at]!] !== PLAIN) {
        this.code = this.#recent = guess
        return at
      }
    }
    while (meanings[bytes[at]!] === PLAIN) at++
    this.code = metrics.find(bytes, start, at)
    if (this.code >= 0) this.#recent = this.#next[this.#recent] = this.code
    return at
  }
}
