import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Database, openDatabase } from './database.ts'
import { DirectoryLock } from './directory-lock.ts'
import { DetectError } from '../domain/errors.ts'
import { MIGRATIONS, migrate, schemaOf } from './migrations.ts'

export const STORE_FILE = 'store.db'

/** What the service knows: one SQLite file, and one family of rows for each kind of thing in it. */
export interface Store {
  readonly database: Database
  close(): void
}

/** Opens the store of a data directory, or makes one, and keeps other processes out until `close`. */
export function openStore(directory: string): Store {
  try {
    mkdirSync(directory, { recursive: true })
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const { message } = error as Error
    throw new DetectError('state', `${directory} cannot be used: ${message}`, { cause: error })
  }
  const lock = new DirectoryLock(directory)
  try {
    return storeOf(join(directory, STORE_FILE), () => lock.release())
  } catch (error) {
    lock.release()
    throw error
  }
}

/** Opens the store of a data directory beside the process that has it, only to read. */
export function openStoreToRead(directory: string): Store {
  const path = join(directory, STORE_FILE)
  if (!existsSync(path))
    throw new DetectError('state', `${directory} is no data directory of serve`)
  const database = openDatabase(path)
  const schema = schemaOf(database)
  if (schema !== MIGRATIONS.length) {
    database.close()
    const message = `its schema is ${schema}, this program reads ${MIGRATIONS.length}; start serve once`
    throw new DetectError('state', `${path}: ${message}`)
  }
  database.pragma('query_only = ON')
  return { database, close: () => database.close() }
}

/** A store that is gone when it is closed. */
export function openMemoryStore(): Store {
  return storeOf(':memory:', () => {})
}

function storeOf(path: string, released: () => void): Store {
  const database = openDatabase(path)
  try {
    migrate(database, path)
  } catch (error) {
    database.close()
    throw error
  }
  return {
    database,
    close() {
      try {
        // Not every driver does so by itself; afterwards the one file holds everything.
        database.pragma('wal_checkpoint(TRUNCATE)')
      } finally {
        database.close()
        released()
      }
    },
  }
}

/** A number that grows whenever something changed that evaluation depends on. */
export function configurationVersion(database: Database): number {
  return database.prepare<{ version: number }>('SELECT version FROM configuration').get()!.version
}
