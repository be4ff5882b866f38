import { closeSync, fsyncSync, ftruncateSync, openSync, statSync, writeSync } from 'node:fs'
import { DetectError } from '../domain/errors.ts'

/** A file that is written from a known length on, and can be taken up again there. */
export class OutputFile {
  readonly #file: number
  #length: number

  /** Goes on behind the first `length` bytes, dropping what follows; 0 begins anew. */
  constructor(path: string, length: number) {
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
    if (size < length) {
      throw new DetectError('state', `${path} has ${size} bytes, but the state counts on ${length}`)
    }
    this.#file = openSync(path, size === 0 ? 'w' : 'r+')
    ftruncateSync(this.#file, length)
    this.#length = length
  }

  append(bytes: Uint8Array): void {
    let written = 0
    while (written < bytes.length) {
      const rest = bytes.length - written
      written += writeSync(this.#file, bytes, written, rest, this.#length + written)
    }
    this.#length += bytes.length
  }

  /** Makes all of it durable; returns its length. */
  flush(): number {
    fsyncSync(this.#file)
    return this.#length
  }

  close(): void {
    closeSync(this.#file)
  }
}
