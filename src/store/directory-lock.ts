import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DetectError } from '../domain/errors.ts'
import { type Database, openDatabase } from './database.ts'

/**
 * Keeps a data directory to one process. The system holds the lock (on a small database of its own) and
 * lets go of it when the process ends, however it ends: nothing is ever left over to be removed.
 */
export class DirectoryLock {
  readonly #held: Database
  readonly #holder: string

  constructor(directory: string) {
    this.#holder = join(directory, 'store.pid')
    this.#held = openDatabase(join(directory, 'store.lock'))
    try {
      this.#held.pragma('busy_timeout = 0')
      this.#held.exec('BEGIN EXCLUSIVE')
    } catch (error) {
      this.#held.close()
      throw new DetectError('state', `${directory} is in use by ${this.#who()}`, { cause: error })
    }
    writeFileSync(this.#holder, String(process.pid))
  }

  release(): void {
    rmSync(this.#holder, { force: true })
    this.#held.exec('ROLLBACK')
    this.#held.close()
  }

  #who(): string {
    try {
      return `process ${readFileSync(this.#holder, 'utf8')}`
    } catch {
      return 'another process'
    }
  }
}
