import type { Database } from '../store/database.ts'
import { readMeta, writeMeta } from '../store/meta.ts'

/** When a service builds models, as it was last started. */
export interface KeptTraining {
  minDays: number
  minDatapoints: number
}

const KEY = 'training'

export function keepTraining(database: Database, { minDays, minDatapoints }: KeptTraining): void {
  writeMeta(database, KEY, JSON.stringify({ minDays, minDatapoints }))
}

/** Null where no service has run. */
export function keptTraining(database: Database): KeptTraining | null {
  const text = readMeta(database, KEY)
  return text === null ? null : (JSON.parse(text) as KeptTraining)
}
