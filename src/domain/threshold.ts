import {
  isListItem,
  isListKind,
  type ListItem,
  type ListItems,
  type ListKind,
  WANTED_ITEM,
} from './list-value.ts'
import { type ValueKind, VALUE_KINDS } from './metric-rules.ts'
import { isObject, memberPath, type Problems, show, warnOfUnknownMembers } from './problem.ts'

/** A static threshold (`criteria.value`) as read. */
export interface Threshold {
  /** The number to compare with; NaN for lists and for anything malformed. */
  number: number
  /** The list to compare with; null for numbers and for anything malformed. */
  list: { kind: ListKind; items: ListItems } | null
  /** How many value elements it adds to the profile: items of a list, 1 for a number. */
  elements: number
}

const NONE: Threshold = { number: Number.NaN, list: null, elements: 0 }

/** Reads `value`: exactly one member, of one of the `legal` kinds. */
export function readThreshold(
  value: unknown,
  legal: readonly ValueKind[],
  path: string,
  problems: Problems,
): Threshold {
  const wanted = legal.map((kind) => `{"${kind}": ...}`).join(' or ')
  if (value === undefined) {
    problems.error(path, `value is missing, it should be ${wanted}`)
    return NONE
  }
  if (!isObject(value)) {
    problems.error(path, `value ${show(value)} should be ${wanted}`)
    return NONE
  }
  warnOfUnknownMembers(value, VALUE_KINDS, path, problems)
  const kinds = VALUE_KINDS.filter((kind) => value[kind] !== undefined)
  const kind = kinds[0]
  if (kind === undefined || kinds.length > 1 || !legal.includes(kind)) {
    problems.error(path, `value ${show(value)} should be ${wanted}`)
    return NONE
  }
  return readKind(kind, value[kind], memberPath(path, kind), problems)
}

function readKind(kind: ValueKind, value: unknown, path: string, problems: Problems): Threshold {
  if (isListKind(kind)) return readList(kind, value, path, problems)
  if (typeof value === 'number' && isNumber(kind, value)) {
    return { number: value, list: null, elements: 1 }
  }
  const wanted = kind === 'count' ? 'a whole number from 0 up' : 'a finite number'
  problems.error(path, `${kind} ${show(value)} should be ${wanted}`)
  return NONE
}

function readList(kind: ListKind, value: unknown, path: string, problems: Problems): Threshold {
  if (!Array.isArray(value)) {
    problems.error(path, `${kind} ${show(value)} should be a list`)
    return NONE
  }
  const items: ListItem[] = []
  for (const [i, item] of (value as unknown[]).entries()) {
    if (isListItem(kind, item)) items.push(item)
    else problems.error(`${path}[${i}]`, `${show(item)} in ${kind} should be ${WANTED_ITEM[kind]}`)
  }
  return { number: Number.NaN, list: { kind, items }, elements: value.length }
}

function isNumber(kind: 'count' | 'number', value: number): boolean {
  return kind === 'number' ? Number.isFinite(value) : Number.isSafeInteger(value) && value >= 0
}
