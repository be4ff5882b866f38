import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { type Pack, packBytes, type PackSource, readPack } from '../columnar/pack.ts'
import { DetectError } from '../domain/errors.ts'

/** Null where there is no such file. */
export function readPackFile(path: string): Pack | null {
  if (!existsSync(path)) return null
  const file = openSync(path, 'r')
  try {
    const read = (into: Uint8Array, at: number): void => fill(file, into, at, path)
    return readPack({ size: fstatSync(file).size, read }, path)
  } finally {
    closeSync(file)
  }
}

/** A system call reads 2 GiB at most. */
const MOST_AT_ONCE: number = 2 ** 30

function fill(file: number, into: Uint8Array, at: number, path: string): void {
  for (let done = 0; done < into.length; ) {
    const length = Math.min(MOST_AT_ONCE, into.length - done)
    const read = readSync(file, into, done, length, at + done)
    if (read === 0) throw new DetectError('state', `${path} is damaged or not a state file`)
    done += read
  }
}

/** The file appears whole or not at all, and is on the disk when this returns. */
export function writeDurably(directory: string, name: string, pieces: Iterable<Uint8Array>): void {
  const path = join(directory, name)
  const file = openSync(`${path}.tmp`, 'w')
  try {
    for (const piece of gathered(pieces)) {
      for (let at = 0; at < piece.length; ) {
        at += writeSync(file, piece, at, Math.min(MOST_AT_ONCE, piece.length - at))
      }
    }
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(`${path}.tmp`, path)
  const folder = openSync(directory, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

const BLOCK_BYTES: number = 2 ** 20

/** The same bytes in fewer pieces: small ones are put together. The next one takes the place of the last. */
function* gathered(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  const block = new Uint8Array(BLOCK_BYTES)
  let end = 0
  for (const piece of pieces) {
    if (end + piece.length > BLOCK_BYTES) {
      yield block.subarray(0, end)
      end = 0
    }
    if (piece.length > BLOCK_BYTES) yield piece
    else {
      block.set(piece, end)
      end += piece.length
    }
  }
  yield block.subarray(0, end)
}

/** Writes a pack of its own into a directory, which is made when it is not there. */
export function writePackFile(directory: string, name: string, pack: PackSource): void {
  mkdirSync(directory, { recursive: true })
  writeDurably(directory, name, packBytes(pack))
}

/** Removes those of a directory's files that are needed no more. */
export function removePackFiles(directory: string, done: (name: string) => boolean): void {
  if (!existsSync(directory)) return
  for (const name of readdirSync(directory)) {
    if (done(name)) rmSync(join(directory, name), { force: true })
  }
}
