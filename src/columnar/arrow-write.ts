import { type RecordBatch, RecordBatchStreamWriter } from 'apache-arrow'

/** Record batches to an Arrow IPC stream, piece by piece. All batches must be of one `RecordBatchMaker`. */
export class ArrowStreamWriter {
  readonly #writer = new PieceWriter({ autoDestroy: false })

  /** The bytes of a batch, with the schema and new names before it. The batch may be reused at once. */
  write(batch: RecordBatch): Uint8Array {
    this.#writer.write(batch)
    return this.#writer.take()
  }

  /** The end of the stream. */
  end(): Uint8Array {
    this.#writer.finish()
    return this.#writer.take()
  }
}

/** Arrow's writer queues its output for an asynchronous reader; this one hands it over as it comes. */
class PieceWriter extends RecordBatchStreamWriter {
  #pieces: Uint8Array[] = []

  take(): Uint8Array {
    const bytes = Buffer.concat(this.#pieces)
    this.#pieces = []
    return bytes
  }

  protected override _write(chunk: ArrayBufferView): this {
    if (this._started && chunk.byteLength > 0) {
      this.#pieces.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength))
      this._position += chunk.byteLength
    }
    return this
  }
}
