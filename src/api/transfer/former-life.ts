import { isObject, type JsonObject, type Problems, show } from '../../domain/problem.ts'
import { type EpochMs, MAX_TIME, parseTime } from '../../domain/time.ts'
import type { Database } from '../../store/database.ts'
import type { Kept, Kind } from './kind.ts'

/** Gives what was just made the version, id and dates that its file tells of. */
export function keepFormerLife(
  database: Database,
  { kept, table }: Kind,
  name: string,
  source: JsonObject,
  problems: Problems,
): void {
  const former = Object.entries(formerLife(kept, source, problems))
  if (former.length === 0) return
  const columns = former.map(([column]) => `${column} = ?`).join(', ')
  const values = former.map(([, value]) => value)
  database.prepare(`UPDATE ${table} SET ${columns} WHERE name = ?`).run(...values, name)
}

/** What a file tells of a former life, by column. */
export function formerLife(
  kept: Kind['kept'],
  source: JsonObject,
  problems: Problems,
): Record<string, string | number> {
  const former: Record<string, string | number> = {}
  for (const [column, { path, is }] of Object.entries(kept)) {
    const raw = path.reduce<unknown>((at, step) => (isObject(at) ? at[step] : undefined), source)
    if (raw === undefined) continue
    const value = READERS[is](raw)
    if (value === null) problems.error(path.join('.'), `${show(raw)} should be ${WANTED[is]}`)
    else former[column] = value
  }
  return former
}

const WANTED: Readonly<Record<Kept['is'], string>> = {
  version: 'a whole number from 1 on',
  id: 'an id of letters, digits and "-"',
  time: 'a time: seconds since 1970, or ISO 8601',
}

const READERS: Readonly<Record<Kept['is'], (raw: unknown) => string | number | null>> = {
  version: (raw) => (Number.isSafeInteger(raw) && (raw as number) >= 1 ? (raw as number) : null),
  id: (raw) => (typeof raw === 'string' && /^[a-zA-Z0-9-]{1,128}$/.test(raw) ? raw : null),
  time: readTime,
}

/** The API answers seconds, the command line prints text: both come as they are. */
function readTime(raw: unknown): EpochMs | null {
  const ms = typeof raw === 'string' ? parseTime(raw) : Math.round(Number(raw) * 1_000)
  return ms >= 0 && ms <= MAX_TIME ? ms : null
}
