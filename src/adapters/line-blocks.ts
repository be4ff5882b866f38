import { MAX_LINE_BYTES } from '../formats/lines.ts'

const NEWLINE = 10

/** Whole lines in shared memory, and how many bytes of the stream end with them. */
export interface LineBlock {
  bytes: Uint8Array
  end: number
}

/**
 * Cuts a stream of bytes into blocks of whole lines (the last may lack its end). With `blockBytes` the
 * cuts depend on the bytes alone, not on how they arrive; with null every arrival is handed on at once,
 * up to its last line end. The first `skip` bytes are passed over. Where the stream breaks off, the lines
 * that came whole are handed on before the error is thrown.
 */
export async function* lineBlocks(
  stream: AsyncIterable<Uint8Array>,
  blockBytes: number | null,
  skip = 0,
): AsyncGenerator<LineBlock> {
  const held = new HeldBytes()
  let position = 0
  let broken: unknown = null
  for await (const piece of untilBroken(stream, (error) => (broken = error))) {
    const passed = Math.min(piece.length, Math.max(0, skip - position))
    position += piece.length
    held.append(piece.subarray(passed))
    for (;;) {
      if (held.length < (blockBytes ?? 1)) break
      const cut = held.lineEnd(blockBytes ?? held.length)
      if (cut === 0) break
      yield { bytes: held.take(cut), end: position - held.length }
    }
  }
  const rest = broken === null ? held.length : held.lineEnd(held.length)
  if (rest > 0) yield { bytes: held.take(rest), end: position - held.length }
  if (broken !== null) throw broken
}

/** The stream as far as it goes; an error ends it, and is told. */
async function* untilBroken(
  stream: AsyncIterable<Uint8Array>,
  tell: (error: unknown) => void,
): AsyncGenerator<Uint8Array> {
  try {
    yield* stream
  } catch (error) {
    tell(error)
  }
}

/** Bytes that have come and not yet been handed on. */
export class HeldBytes {
  length = 0
  #bytes: Uint8Array = new Uint8Array(1 << 16)
  /** No line ends before this. */
  #searched = 0

  /** What is held; valid until the next `append` or `take`. */
  get view(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }

  append(piece: Uint8Array): void {
    if (this.length + piece.length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + piece.length))
      larger.set(this.#bytes.subarray(0, this.length))
      this.#bytes = larger
    }
    this.#bytes.set(piece, this.length)
    this.length += piece.length
  }

  /** Behind the last line end within `limit` bytes, or behind the first one after; 0 if there is none yet. */
  lineEnd(limit: number): number {
    const last = this.#bytes.lastIndexOf(NEWLINE, limit - 1)
    if (last >= 0 && last < limit) return last + 1
    const next = this.#bytes
      .subarray(0, this.length)
      .indexOf(NEWLINE, Math.max(limit, this.#searched))
    this.#searched = this.length
    if (next >= 0) return next + 1
    return this.length >= MAX_LINE_BYTES ? this.length : 0
  }

  take(bytes: number): Uint8Array {
    const taken = new Uint8Array(new SharedArrayBuffer(bytes))
    taken.set(this.#bytes.subarray(0, bytes))
    this.#bytes.copyWithin(0, bytes, this.length)
    this.length -= bytes
    this.#searched = 0
    return taken
  }
}
