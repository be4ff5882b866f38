/** Parquet files that appear under their name whole or not at all, and durably. */
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type ParquetColumn, ParquetEncoder, type ParquetOptions } from './parquet-encode.ts'

/**
 * Writes a file at once and durably: it appears under its name whole or not at all, and is on the
 * disk when the promise resolves.
 */
export async function writeParquet(
  path: string,
  columns: readonly ParquetColumn[],
  options: ParquetOptions = {},
): Promise<void> {
  const file = await ParquetFileWriter.create(path, columns, options)
  try {
    await file.write(columns)
  } catch (error) {
    await file.abandon()
    throw error
  }
  await file.end()
}

/** As `writeParquet`, for columns that come in parts: `write` each, then `end` or `abandon`. */
export class ParquetFileWriter {
  readonly #path: string
  readonly #handle: FileHandle
  readonly #encoder: ParquetEncoder

  private constructor(path: string, handle: FileHandle, encoder: ParquetEncoder) {
    this.#path = path
    this.#handle = handle
    this.#encoder = encoder
  }

  /** `columns` give names and types; their values are not written. */
  static async create(
    path: string,
    columns: readonly ParquetColumn[],
    options: ParquetOptions = {},
  ): Promise<ParquetFileWriter> {
    const encoder = new ParquetEncoder(columns, options)
    return new ParquetFileWriter(path, await open(unfinished(path), 'w'), encoder)
  }

  async write(columns: readonly ParquetColumn[]): Promise<void> {
    await this.#append(this.#encoder.encode(columns))
  }

  async end(): Promise<void> {
    try {
      await this.#append(this.#encoder.end())
      await this.#handle.sync()
    } catch (error) {
      await this.abandon()
      throw error
    }
    await this.#handle.close()
    await rename(unfinished(this.#path), this.#path)
    await syncFolder(dirname(this.#path))
  }

  /** Leaves no trace of what was written; a file that had the name before stays as it was. */
  async abandon(): Promise<void> {
    await this.#handle.close()
    await rm(unfinished(this.#path), { force: true })
  }

  async #append(pieces: readonly Uint8Array[]): Promise<void> {
    for (const piece of pieces) await this.#handle.appendFile(piece)
  }
}

/** Where a file grows until it is whole: beside its place, and not matched by `*.parquet`. */
function unfinished(path: string): string {
  return `${path}.tmp-unfinished`
}

/** Makes the new name of a file durable. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
