import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { decodePack, encodePack, type Pack } from '../columnar/pack.ts'
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
    return readPack(join(this.path, CHECKPOINT))
  }

  save(pack: Pack): void {
    writeDurably(this.path, CHECKPOINT, encodePack(pack))
  }

  loadOrigin(): Pack | null {
    return readPack(join(this.path, ORIGIN))
  }

  saveOrigin(pack: Pack): void {
    writeDurably(this.path, ORIGIN, encodePack(pack))
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
    writeDurably(this.path, LOCK, Buffer.from(String(process.pid)))
  }
}

/** Reads a checkpoint without taking the directory; null when there is none. */
export function readCheckpoint(directory: string): Pack | null {
  return readPack(join(directory, CHECKPOINT))
}

function readPack(path: string): Pack | null {
  return existsSync(path) ? decodePack(readFileSync(path), path) : null
}

function writeDurably(directory: string, name: string, bytes: Uint8Array): void {
  const path = join(directory, name)
  const file = openSync(`${path}.tmp`, 'w')
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
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

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
