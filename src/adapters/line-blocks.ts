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
 * that came whole are handed on before the error is thrown. Of a line that is too long to be read, little
 * more than `MAX_LINE_BYTES` is kept, which is enough to have it refused, once.
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
    held.appendLines(piece.subarray(passed))
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

  /** Appends, but nothing to a line that is known to be too long, except its end. */
  appendLines(piece: Uint8Array): void {
    if (this.length <= MAX_LINE_BYTES || this.#searched < this.length) return this.append(piece)
    const end = piece.indexOf(NEWLINE)
    if (end >= 0) this.append(piece.subarray(end))
  }

  /** Behind the last line end within `limit` bytes, or behind the first one after; 0 if there is none yet. */
  lineEnd(limit: number): number {
    const begun = this.#searched
    const last = this.#bytes.subarray(begun, Math.max(begun, limit)).lastIndexOf(NEWLINE)
    if (last >= 0) return begun + last + 1
    const next = this.view.indexOf(NEWLINE, Math.max(limit, begun))
    this.#searched = this.length
    return next + 1
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
