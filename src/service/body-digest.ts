import { createHash, type Hash } from 'node:crypto'

/** What a batch's body came to, up to some place in it: two bodies that begin the same have the same digests. */
export class BodyDigest {
  readonly #hash: Hash = createHash('sha256')
  #pieces: Uint8Array[] = []
  #hashed = 0
  #length = 0

  /** What else the batch is told by, beside its body. */
  constructor(preface: string) {
    this.#hash.update(`${preface}\n`)
  }

  /** How much has been heard. */
  get length(): number {
    return this.#length
  }

  /** How much of that has been asked for. */
  get hashed(): number {
    return this.#hashed
  }

  /** Listens to a body; its pieces are held until they are asked for. */
  async *over(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of body) {
      this.#pieces.push(piece)
      this.#length += piece.length
      yield piece
    }
  }

  /** Of the first `end` bytes, which have been heard; to be asked in ascending order. */
  upTo(end: number): string {
    while (this.#hashed < end) {
      const piece = this.#pieces.shift()!
      const part = piece.subarray(0, end - this.#hashed)
      this.#hash.update(part)
      this.#hashed += part.length
      if (part.length < piece.length) this.#pieces.unshift(piece.subarray(part.length))
    }
    return this.#hash.copy().digest('base64url')
  }
}
