import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { type Pack, packBytes, type PackSource, readPack } from '../columnar/pack.ts'
import { DetectError } from '../domain/errors.ts'

const CHECKPOINT = 'checkpoint.bin'
/** The checkpoint a replay began with, kept until it is through: it may have to begin again, sorted. */
const ORIGIN = 'origin.bin'
const LOCK = 'lock'

/**
 * A directory that holds one atomic checkpoint: it is replaced whole or not at all, and is on the disk
 * when `save` returns. One run at a time.
 */
export class StateDirectory {
  readonly path: string

  constructor(path: string) {
    this.path = path
    mkdirSync(path, { recursive: true })
    this.#lock()
  }

  load(): Pack | null {
    return load(join(this.path, CHECKPOINT))
  }

  save(pack: PackSource): void {
    writeDurably(this.path, CHECKPOINT, packBytes(pack))
  }

  loadOrigin(): Pack | null {
    return load(join(this.path, ORIGIN))
  }

  saveOrigin(pack: PackSource): void {
    writeDurably(this.path, ORIGIN, packBytes(pack))
  }

  removeOrigin(): void {
    rmSync(join(this.path, ORIGIN), { force: true })
  }

  /** A folder inside for things that need not survive a finished run. */
  folder(name: string): string {
    return join(this.path, name)
  }

  close(): void {
    rmSync(join(this.path, LOCK), { force: true })
  }

  #lock(): void {
    const lock = join(this.path, LOCK)
    const holder = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : Number.NaN
    if (Number.isInteger(holder) && holder !== process.pid && isAlive(holder)) {
      throw new DetectError('state', `${this.path} is in use by process ${holder}`)
    }
    writeDurably(this.path, LOCK, [Buffer.from(String(process.pid))])
  }
}

/** Reads a checkpoint without taking the directory; null when there is none. */
export function readCheckpoint(directory: string): Pack | null {
  return load(join(directory, CHECKPOINT))
}

function load(path: string): Pack | null {
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

function writeDurably(directory: string, name: string, pieces: Iterable<Uint8Array>): void {
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

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
