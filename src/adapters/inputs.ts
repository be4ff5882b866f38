import { closeSync, createReadStream, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { createGunzip, gunzipSync, constants } from 'node:zlib'
import { DetectError } from '../domain/errors.ts'
import { type Format, SNIFF_BYTES, sniffFormat } from '../formats/sniff.ts'

/** A file that will be read, and how. */
export interface InputFile {
  path: string
  format: Format
  gzip: boolean
  size: number
  /** The first bytes, unpacked. */
  head: Uint8Array
}

/** Names that are not input, wherever they lie: hidden files, unfinished ones, an archive's own books. */
const NOT_INPUT = /^[._]|\.tmp|^things\.parquet$|^manifest\.json$/

/**
 * The input files behind paths: a directory is all files in it, at any depth. `format` overrides what
 * the content says. Of the files of a directory those that are nothing to read are passed over; a file
 * named outright must be readable.
 */
export function inputFiles(
  paths: readonly string[],
  format: Format | null,
  passedOver: (message: string) => void = () => {},
): InputFile[] {
  return paths.flatMap((path) => {
    const files = filesOf(path)
    if (files.length === 1 && files[0] === path) return [inputFile(path, format)]
    return files.flatMap((file) => {
      try {
        return [inputFile(file, format)]
      } catch (error) {
        if (!(error instanceof DetectError)) throw error
        passedOver(`${error.message}; passed over`)
        return []
      }
    })
  })
}

function filesOf(path: string): string[] {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) throw new DetectError('input', `${path}: no such file or directory`)
  if (!stat.isDirectory()) return [path]
  const files = readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !NOT_INPUT.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  if (files.length === 0) throw new DetectError('input', `${path}: no files in this directory`)
  return files
}

function inputFile(path: string, format: Format | null): InputFile {
  const { size } = statSync(path)
  const raw = headOf(path)
  const gzip = sniffFormat(raw)?.format === 'gzip'
  const head = gzip ? unpackedHead(raw, path) : raw
  const found = format ?? sniffFormat(head)?.format
  if (found === undefined || found === 'gzip') {
    throw new DetectError('input', `${path}: cannot tell the format from its content; say --format`)
  }
  return { path, format: found, gzip, size, head }
}

function headOf(path: string): Uint8Array {
  const file = openSync(path, 'r')
  try {
    const head = new Uint8Array(SNIFF_BYTES)
    return head.subarray(0, readSync(file, head, 0, SNIFF_BYTES, 0))
  } finally {
    closeSync(file)
  }
}

function unpackedHead(raw: Uint8Array, path: string): Uint8Array {
  try {
    return gunzipSync(raw, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, SNIFF_BYTES)
  } catch (error) {
    throw new DetectError('input', `${path}: damaged gzip data`, { cause: error })
  }
}

/** The bytes of a file, unpacked if it is gzip. */
export async function* bytesOf({ path, gzip }: InputFile): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path, { highWaterMark: 1 << 20 })
  if (!gzip) {
    yield* file as AsyncIterable<Uint8Array>
    return
  }
  const unpacked = file.pipe(createGunzip({ chunkSize: 1 << 18 }))
  file.on('error', (error) => unpacked.destroy(error))
  try {
    yield* unpacked as AsyncIterable<Uint8Array>
  } catch (error) {
    throw new DetectError('input', `${path}: damaged gzip data`, { cause: error })
  }
}

/** The archive a Parquet file belongs to: the folder of its names, or null. */
export function archiveRootOf(path: string): string | null {
  const day = dirname(path)
  const metric = dirname(day)
  if (!basename(day).startsWith('day=') || !basename(metric).startsWith('metric=')) return null
  return dirname(metric)
}
