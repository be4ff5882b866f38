/**
 * The numbers of a state as bytes, one double after the other: what is written first is read first. A
 * state that writes itself so keeps every bit of it, and takes the bytes it is filled with.
 */
export class NumberLog {
  #numbers: Float64Array
  #length = 0
  #read = 0

  private constructor(numbers: Float64Array, length: number) {
    this.#numbers = numbers
    this.#length = length
  }

  static empty(): NumberLog {
    return new NumberLog(new Float64Array(64), 0)
  }

  /** Of bytes from `toBytes`; they may begin anywhere in their buffer. */
  static of(bytes: Uint8Array): NumberLog {
    const numbers = new Float64Array(bytes.slice().buffer, 0, bytes.byteLength >> 3)
    return new NumberLog(numbers, numbers.length)
  }

  write(number: number): void {
    this.#reserve(1)
    this.#numbers[this.#length++] = number
  }

  writeAll(numbers: ArrayLike<number>): void {
    this.#reserve(numbers.length)
    this.#numbers.set(numbers, this.#length)
    this.#length += numbers.length
  }

  #reserve(more: number): void {
    const needed = this.#length + more
    if (needed <= this.#numbers.length) return
    const grown = new Float64Array(Math.max(needed, 2 * this.#numbers.length))
    grown.set(this.#numbers)
    this.#numbers = grown
  }

  /** The next number; throws a RangeError where the bytes end. */
  read(): number {
    return this.readAll(1)[0]!
  }

  /** The next numbers, not copied. */
  readAll(count: number): Float64Array {
    const end = this.#read + count
    if (!(count >= 0 && end <= this.#length)) throw new RangeError('the state breaks off')
    const numbers = this.#numbers.subarray(this.#read, end)
    this.#read = end
    return numbers
  }

  toBytes(): Uint8Array {
    return new Uint8Array(this.#numbers.slice(0, this.#length).buffer)
  }
}
