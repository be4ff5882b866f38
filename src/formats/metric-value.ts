import type { EpochMs } from '../domain/time.ts'
import {
  isListItem,
  listText,
  LIST_KINDS,
  type ListItem,
  MAX_LIST_BYTES,
} from '../domain/list-value.ts'
import {
  accepts,
  describe,
  isFields,
  numberOf,
  refuse,
  type DocumentSource,
  type RowFields,
} from './document-fields.ts'

/** What stands for a value: a number, or the items of a list, under the path of its member. */
export interface FoundValue {
  kind: 'number' | 'list'
  value: unknown
  path: string
}

/** Opens `5`, `[22, 80]`, `{"count": 5}`, `{"ports": [22, 80]}`; whatever else is taken for a number. */
export function openValue(value: unknown, path: string): FoundValue {
  if (Array.isArray(value)) return { kind: 'list', value, path }
  return (isFields(value) ? memberOf(value, path) : null) ?? { kind: 'number', value, path }
}

function memberOf(fields: Readonly<Record<string, unknown>>, path: string): FoundValue | null {
  for (const name of ['count', 'number']) {
    if (name in fields) return { kind: 'number', value: fields[name], path: `${path}.${name}` }
  }
  for (const name of LIST_KINDS) {
    if (name in fields) return { kind: 'list', value: fields[name], path: `${path}.${name}` }
  }
  return null
}

/** Which datapoint a value is of; with an identity where it may come again in another version. */
export interface ValuePlace {
  /** Index of the metric; -1 where it is not known. */
  metric: number
  thing: number
  time: EpochMs
  identity?: number
  version?: number
}

/** Adds the row of a number or a list, whichever the metric is; refuses what is not. */
export function addValue(
  found: FoundValue,
  { metric, thing, time, identity = 0, version = 0 }: ValuePlace,
  fields: Pick<RowFields, 'metric' | 'time' | 'timePath'>,
  source: DocumentSource,
): void {
  const { builder } = source
  const said = { ...fields, value: found.value, path: found.path }
  const kind = builder.context.lists[metric] ?? null
  if (kind === null) {
    const number = found.kind === 'list' ? Number.NaN : numberOf(found.value)
    if (!accepts(source, metric, time, number, said)) return
    if (identity === 0) builder.push(thing, metric, time, number)
    else builder.pushVersion(thing, metric, time, number, identity, version)
    return
  }
  if (!accepts(source, metric, time, 0, said)) return
  const text = listOf(found, kind, source)
  if (text !== null) builder.pushList(thing, metric, time, text, identity, version)
}

/** The text of a list; items that cannot be in it are refused, and all of it when no other is left. */
function listOf(
  { kind: found, value, path }: FoundValue,
  kind: (typeof LIST_KINDS)[number],
  source: DocumentSource,
): string | null {
  if (found !== 'list' || !Array.isArray(value)) {
    refuse(source, 'not-a-list', `${path} ${describe(value)}`)
    return null
  }
  const items: ListItem[] = []
  for (const [i, raw] of (value as unknown[]).entries()) {
    const item = typeof raw === 'bigint' ? Number(raw) : raw
    if (isListItem(kind, item)) items.push(item)
    else refuse(source, 'malformed', `${path}[${i}] ${describe(raw)}`)
  }
  if (items.length === 0 && value.length > 0) return null
  const text = listText(items)
  if (text.length <= MAX_LIST_BYTES) return text
  refuse(source, 'oversized', `${path} list of ${text.length} characters`)
  return null
}
