import { closeSync, openSync, readSync, statSync } from 'node:fs'
import type { ChunkBuilder } from '../columnar/chunk.ts'
import type { Names } from '../columnar/name-table.ts'
import { decodeNames } from '../columnar/names-bytes.ts'
import { decodeBlocks } from '../columnar/spill-block.ts'
import { DetectError } from '../domain/errors.ts'

/** Used again from segment to segment. */
let memory = new ArrayBuffer(0)
/** Local code by code in the spill's names, -1 between segments; and the codes that have one. */
let localCodes: Int32Array = new Int32Array(0)
const met: number[] = []

/**
 * Adds the rows of the blocks in `[from, to)` of a bucket's file to the builder. The chunk gets names
 * of its own, those of its things only, so that what a segment costs does not depend on the fleet.
 */
export function readSpilled(
  path: string,
  from: number,
  to: number,
  names: Names,
  builder: ChunkBuilder,
): void {
  const length = to - from
  if (memory.byteLength < length) memory = new ArrayBuffer(length)
  if (localCodes.length < names.count) localCodes = new Int32Array(names.count).fill(-1)
  readRange(path, new Uint8Array(memory, 0, length), from)
  try {
    decodeBlocks(memory, length, builder, (code) => {
      const local = localCodes[code] ?? -1
      return local < 0 ? intern(names, code, builder) : local
    })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new DetectError('state', `${path}: damaged: ${error.message}`, { cause: error })
  } finally {
    for (const code of met) localCodes[code] = -1
    met.length = 0
  }
}

function intern(names: Names, code: number, builder: ChunkBuilder): number {
  if (!(code >= 0 && code < names.count)) throw new RangeError(`code ${code} without a name`)
  const local = builder.things.codeOf(names.bytes, names.offsets[code]!, names.offsets[code + 1]!)
  localCodes[code] = local
  met.push(code)
  return local
}

/** The names of a spill's things. */
export function readSpilledNames(path: string): Names {
  const bytes = new Uint8Array(statSync(path).size)
  readRange(path, bytes, 0)
  const names = decodeNames(bytes)
  if (names === null) throw new DetectError('state', `${path}: damaged`)
  return names
}

function readRange(path: string, into: Uint8Array, from: number): void {
  const file = openSync(path, 'r')
  try {
    for (let at = 0; at < into.length; ) {
      const read = readSync(file, into, at, into.length - at, from + at)
      if (read === 0) throw new DetectError('state', `${path}: ends at ${from + at}`)
      at += read
    }
  } finally {
    closeSync(file)
  }
}
