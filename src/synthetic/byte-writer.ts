const encoder = new TextEncoder()
const ZERO = 48

export function utf8(text: string): Uint8Array {
  return encoder.encode(text)
}

/** Appends text to one buffer that is used again after each `take`. Numbers are written digit by digit. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>
  #at = 0

  constructor(capacity: number = 1 << 20) {
    this.#bytes = new Uint8Array(capacity)
  }

  /** Makes sure that `length` more bytes fit; the calls below do not look. */
  reserve(length: number): void {
    if (this.#at + length <= this.#bytes.length) return
    const bytes = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + length))
    bytes.set(this.#bytes.subarray(0, this.#at))
    this.#bytes = bytes
  }

  byte(value: number): void {
    this.#bytes[this.#at++] = value
  }

  bytes(source: Uint8Array): void {
    this.slice(source, 0, source.length)
  }

  /** A loop, since most pieces are shorter than what a call to `set` costs. */
  slice(source: Uint8Array, start: number, end: number): void {
    const bytes = this.#bytes
    let at = this.#at
    for (let i = start; i < end; i++) bytes[at++] = source[i]!
    this.#at = at
  }

  /** A whole number in decimal, in at most 24 bytes; any other number as JavaScript writes it. */
  number(value: number): void {
    if (value >= 0 && value <= 0x7fffffff && value === (value | 0)) this.#small(value | 0)
    else if (Number.isSafeInteger(value) && value > 0) this.#large(value)
    else this.bytes(utf8(String(value)))
  }

  /** A whole number in [0, 10^width) with leading zeros. */
  padded(value: number, width: number): void {
    let left = value | 0
    for (let at = this.#at + width - 1; at >= this.#at; at--) {
      const rest = (left / 10) | 0
      this.#bytes[at] = ZERO + left - rest * 10
      left = rest
    }
    this.#at += width
  }

  /** 32 bits as eight hexadecimal digits. */
  hex(word: number): void {
    for (let shift = 28; shift >= 0; shift -= 4) {
      const digit = (word >>> shift) & 15
      this.byte(digit < 10 ? ZERO + digit : 87 + digit)
    }
  }

  #small(value: number): void {
    let digits = 1
    for (let bound = 10; digits < 10 && value >= bound; bound *= 10) digits++
    this.padded(value, digits)
  }

  /** Nine digits at a time, so that the division stays within 32 bits. */
  #large(value: number): void {
    const high = Math.floor(value / 1_000_000_000)
    if (high > 0) {
      this.number(high)
      this.padded(value - high * 1_000_000_000, 9)
    } else this.padded(value, value >= 1_000_000_000 ? 10 : 9)
  }

  /** What was written; valid until the next write. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#at)
    this.#at = 0
    return taken
  }
}
