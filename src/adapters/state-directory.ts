import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Pack, packBytes, type PackSource } from '../columnar/pack.ts'
import { DetectError } from '../domain/errors.ts'
import { readPackFile, writeDurably } from './pack-file.ts'

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
    return readPackFile(join(this.path, CHECKPOINT))
  }

  save(pack: PackSource): void {
    writeDurably(this.path, CHECKPOINT, packBytes(pack))
  }

  loadOrigin(): Pack | null {
    return readPackFile(join(this.path, ORIGIN))
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
  return readPackFile(join(directory, CHECKPOINT))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
