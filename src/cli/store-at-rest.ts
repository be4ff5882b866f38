import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DetectError } from '../domain/errors.ts'
import { openMemoryStore, openStore, STORE_FILE, type Store } from '../store/store.ts'

/** What to do where there is no store yet. */
export type WithoutStore = 'make' | 'pretend' | 'refuse'

/** Opens the store of a data directory that no server runs on. */
export function storeAtRest(directory: string, withoutStore: WithoutStore): Store {
  if (!existsSync(join(directory, STORE_FILE))) {
    if (withoutStore === 'pretend') return openMemoryStore()
    if (withoutStore === 'refuse') {
      throw new DetectError('state', `${directory}: no ${STORE_FILE} in it, so no data directory`)
    }
  }
  try {
    return openStore(directory)
  } catch (error) {
    if (!(error instanceof DetectError) || !error.message.includes(' is in use by ')) throw error
    const instead = 'stop the server first, or use its API (aws iot ... --endpoint-url ...)'
    throw new DetectError('state', `${error.message}: ${instead}`, { cause: error })
  }
}
