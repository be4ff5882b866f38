import type { Database } from './database.ts'

/** A value kept by name; null where there is none. */
export function readMeta(database: Database, key: string): string | null {
  const row = database.prepare<{ value: string }>('SELECT value FROM meta WHERE key = ?').get(key)
  return row?.value ?? null
}

export function writeMeta(database: Database, key: string, value: string): void {
  database
    .prepare(
      'INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    )
    .run(key, value)
}
