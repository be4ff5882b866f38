/**
 * Names (UTF-8 bytes) to dense codes 0, 1, 2, ... in the order they are first met, without a string
 * per look-up: open addressing over the bytes themselves.
 */
export interface Names {
  count: number
  /** All names one after the other. */
  bytes: Uint8Array
  /** Where each name starts in `bytes`; `offsets[count]` is the end of the last. */
  offsets: Int32Array
}

const EMPTY = -1
const encoder = new TextEncoder()
const decoder = new TextDecoder()

export class NameTable implements Names {
  count = 0
  bytes: Uint8Array<ArrayBuffer>
  offsets: Int32Array<ArrayBuffer>
  #hashes: Int32Array
  #slots: Int32Array
  #mask: number

  constructor(capacity = 64) {
    let slots = 16
    while (slots < capacity * 2) slots *= 2
    this.#slots = new Int32Array(slots).fill(EMPTY)
    this.#mask = slots - 1
    this.#hashes = new Int32Array(slots / 2)
    this.offsets = new Int32Array(slots / 2 + 1)
    this.bytes = new Uint8Array(slots * 8)
  }

  /** The code of the name in `source[start, end)`; a new one if it was never met. */
  codeOf(source: Uint8Array, start: number, end: number): number {
    return this.codeOfHashed(source, start, end, hashName(source, start, end))
  }

  /** As `codeOf`, for callers that have computed `hashName` on the way. */
  codeOfHashed(source: Uint8Array, start: number, end: number, hash: number): number {
    const found = this.#probe(source, start, end, hash)
    if (found < 0) return this.#add(source, start, end, hash, ~found)
    return this.#slots[found]!
  }

  /** The code of a name that is there already, else -1. */
  find(source: Uint8Array, start: number, end: number): number {
    const found = this.#probe(source, start, end, hashName(source, start, end))
    return found < 0 ? -1 : this.#slots[found]!
  }

  codeOfString(name: string): number {
    const bytes = encoder.encode(name)
    return this.codeOf(bytes, 0, bytes.length)
  }

  findString(name: string): number {
    const bytes = encoder.encode(name)
    return this.find(bytes, 0, bytes.length)
  }

  name(code: number): string {
    return nameAt(this, code)
  }

  clear(): void {
    this.#slots.fill(EMPTY)
    this.count = 0
  }

  /** The names alone, in arrays of their own: what travels with a chunk. */
  snapshot(): Names {
    const offsets = this.offsets.slice(0, this.count + 1)
    return { count: this.count, bytes: this.bytes.slice(0, offsets[this.count]), offsets }
  }

  /** The slot that holds the name, or the complement (~) of the free slot where it belongs. */
  #probe(source: Uint8Array, start: number, end: number, hash: number): number {
    const { offsets, bytes } = this
    const length = end - start
    let slot = mix(hash) & this.#mask
    for (;;) {
      const code = this.#slots[slot]!
      if (code === EMPTY) return ~slot
      if (this.#hashes[code] === hash) {
        const from = offsets[code]!
        if (offsets[code + 1]! - from === length) {
          let i = 0
          while (i < length && bytes[from + i] === source[start + i]) i++
          if (i === length) return slot
        }
      }
      slot = (slot + 1) & this.#mask
    }
  }

  #add(source: Uint8Array, start: number, end: number, hash: number, slot: number): number {
    const code = this.count++
    const from = this.offsets[code]!
    const to = from + end - start
    if (to > this.bytes.length) {
      const bytes = new Uint8Array(Math.max(this.bytes.length * 2, to))
      bytes.set(this.bytes)
      this.bytes = bytes
    }
    for (let i = start, j = from; i < end; i++, j++) this.bytes[j] = source[i]!
    this.offsets[code + 1] = to
    this.#hashes[code] = hash
    this.#slots[slot] = code
    if (this.count >= this.#hashes.length) this.#grow()
    return code
  }

  #grow(): void {
    const size = (this.#mask + 1) * 2
    const hashes = new Int32Array(size / 2)
    hashes.set(this.#hashes)
    const offsets = new Int32Array(size / 2 + 1)
    offsets.set(this.offsets)
    this.#hashes = hashes
    this.offsets = offsets
    this.#slots = new Int32Array(size).fill(EMPTY)
    this.#mask = size - 1
    for (let code = 0; code < this.count; code++) {
      let slot = mix(hashes[code]!) & this.#mask
      while (this.#slots[slot] !== EMPTY) slot = (slot + 1) & this.#mask
      this.#slots[slot] = code
    }
  }
}

/** The hash of the table: h = h * 31 + byte in 32 bits, cheap enough to compute while scanning. */
export function hashName(source: Uint8Array, start: number, end: number): number {
  let hash = 0
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + source[i]!) | 0
  return hash
}

function mix(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return mixed ^ (mixed >>> 13)
}

export function nameAt(names: Names, code: number): string {
  return decoder.decode(names.bytes.subarray(names.offsets[code], names.offsets[code + 1]))
}

/** The first `count` of some names, and more behind them; a name may stand there twice. */
export function appendNames(names: Names, count: number, more: readonly string[]): Names {
  const encoded = more.map((name) => encoder.encode(name))
  const kept = names.offsets[count] ?? 0
  const bytes = new Uint8Array(encoded.reduce((sum, name) => sum + name.length, kept))
  const offsets = new Int32Array(count + more.length + 1)
  bytes.set(names.bytes.subarray(0, kept))
  offsets.set(names.offsets.subarray(0, count + 1))
  let at = kept
  for (const [i, name] of encoded.entries()) {
    bytes.set(name, at)
    at += name.length
    offsets[count + i + 1] = at
  }
  return { count: count + more.length, bytes, offsets }
}

/** The names with these codes, one after the other. */
export function namesAt({ bytes, offsets }: Names, codes: Int32Array): Names {
  const ends = new Int32Array(codes.length + 1)
  for (const [i, code] of codes.entries()) {
    ends[i + 1] = ends[i]! + offsets[code + 1]! - offsets[code]!
  }
  const joined = new Uint8Array(ends[codes.length]!)
  for (const [i, code] of codes.entries()) {
    joined.set(bytes.subarray(offsets[code], offsets[code + 1]), ends[i])
  }
  return { count: codes.length, bytes: joined, offsets: ends }
}

export const NO_NAMES: Names = { count: 0, bytes: new Uint8Array(0), offsets: new Int32Array(1) }

/** FNV-1a, 32 bits, of a name's UTF-8 bytes: the hash that assigns a thing to its shard, for every producer. */
export function fnv1a32(source: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ source[i]!, 0x01000193)
  return hash >>> 0
}
