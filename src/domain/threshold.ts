import { type ValueKind, VALUE_KINDS } from './metric-rules.ts'
import { isObject, memberPath, type Problems, show, warnOfUnknownMembers } from './problem.ts'

/** A static threshold (`criteria.value`) as read. */
export interface Threshold {
  /** The number to compare with; NaN for lists and for anything malformed. */
  number: number
  /** How many value elements it adds to the profile: items of a list, 1 for a number. */
  elements: number
}

const NONE: Threshold = { number: Number.NaN, elements: 0 }
const CIDR = /^[a-fA-F0-9:./]{2,43}$/

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
  if (kind === 'count' || kind === 'number') {
    if (isMember(kind, value)) return { number: value as number, elements: 1 }
    problems.error(path, `${kind} ${show(value)} should be ${WANTED[kind]}`)
    return NONE
  }
  if (!Array.isArray(value)) {
    problems.error(path, `${kind} ${show(value)} should be a list`)
    return NONE
  }
  for (const [i, item] of value.entries()) {
    if (isMember(kind, item)) continue
    problems.error(`${path}[${i}]`, `${show(item)} in ${kind} should be ${WANTED[kind]}`)
  }
  return { number: Number.NaN, elements: value.length }
}

const WANTED: Readonly<Record<ValueKind, string>> = {
  count: 'a whole number from 0 up',
  number: 'a finite number',
  cidrs: 'an address block such as "10.0.0.0/8"',
  ports: 'a port from 0 to 65535',
  numbers: 'a finite number',
  strings: 'a string',
}

/** Whether a value, or one item of a list, is of its kind. */
function isMember(kind: ValueKind, value: unknown): boolean {
  if (kind === 'cidrs') return typeof value === 'string' && CIDR.test(value)
  if (kind === 'strings') return typeof value === 'string'
  if (typeof value !== 'number' || !Number.isFinite(value)) return false
  if (kind === 'number' || kind === 'numbers') return true
  return Number.isSafeInteger(value) && value >= 0 && (kind === 'count' || value <= 65_535)
}
