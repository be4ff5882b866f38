import { MAX_TIME } from '../../domain/time.ts'
import type { Fault } from './constraint.ts'
import type { Member, Shape, StructureShape } from './shape.ts'

/** What a request's value may be made of; anything else in it is not looked at. */
type Raw = Readonly<Record<string, unknown>>

/**
 * Checks the members of a request against their shapes and takes over those that are known: unknown
 * members and nulls are left out, times become milliseconds. What is wrong is added to `faults`; the
 * value is meaningless when there is something.
 */
export function decodeMembers(
  members: readonly Member[],
  raw: Raw,
  faults: Fault[],
  path = '',
  loose = false,
): Record<string, unknown> {
  const value: Record<string, unknown> = {}
  for (const { name, shape, required } of members) {
    const given = Object.hasOwn(raw, name) ? raw[name] : undefined
    const at = path === '' ? name : `${path}.${name}`
    if (given !== undefined && given !== null) value[name] = decode(shape, given, at, faults, loose)
    else if (required && !loose) fault(faults, at, undefined, 'Member must not be null')
  }
  return value
}

function decode(
  shape: Shape,
  value: unknown,
  path: string,
  faults: Fault[],
  loose: boolean,
): unknown {
  if (shape.kind === 'text') return decodeText(shape, value, path, faults, loose)
  if (shape.kind === 'enum') return decodeEnum(shape, value, path, faults, loose)
  if (shape.kind === 'number') return decodeNumber(shape, value, path, faults, loose)
  if (shape.kind === 'time') return decodeTime(value, path, faults)
  if (shape.kind === 'list') return decodeList(shape, value, path, faults, loose)
  if (shape.kind === 'map') return decodeMap(shape, value, path, faults, loose)
  if (shape.kind === 'structure') return decodeStructure(shape, value, path, faults, loose)
  if (typeof value === 'boolean') return value
  return fault(faults, path, value, 'Member must be true or false')
}

function decodeEnum(
  { values }: Extract<Shape, { kind: 'enum' }>,
  value: unknown,
  path: string,
  faults: Fault[],
  loose: boolean,
): unknown {
  if (typeof value !== 'string') return fault(faults, path, value, 'Member must be a string')
  if (loose || values.includes(value)) return value
  return fault(faults, path, value, `Member must satisfy enum value set: [${values.join(', ')}]`)
}

function decodeText(
  { min, max, pattern, source }: Extract<Shape, { kind: 'text' }>,
  value: unknown,
  path: string,
  faults: Fault[],
  loose: boolean,
): unknown {
  if (typeof value !== 'string') return fault(faults, path, value, 'Member must be a string')
  if (loose) return value
  if (value.length < min) return fault(faults, path, value, atLeast('length', min))
  if (value.length > max && (value.length > 2 * max || Array.from(value).length > max)) {
    return fault(faults, path, value, atMost('length', max))
  }
  if (pattern?.test(value) === false) {
    return fault(faults, path, value, `Member must satisfy regular expression pattern: ${source}`)
  }
  if (value.includes('\0')) {
    return fault(faults, path, value, 'Member must not hold NUL characters')
  }
  return value
}

function decodeNumber(
  { whole, min, max }: Extract<Shape, { kind: 'number' }>,
  value: unknown,
  path: string,
  faults: Fault[],
  loose: boolean,
): unknown {
  if (typeof value !== 'number' || (whole && !loose && !Number.isInteger(value))) {
    const wanted = whole ? 'a whole number' : 'a number'
    return fault(faults, path, value, `Member must be ${wanted}`)
  }
  if (loose) return value
  if (value < min) return fault(faults, path, value, atLeast('value', min))
  if (value > max) return fault(faults, path, value, atMost('value', max))
  return value
}

/** Epoch seconds with a fraction, as bodies have them. */
function decodeTime(value: unknown, path: string, faults: Fault[]): unknown {
  const ms = typeof value === 'number' ? Math.round(value * 1_000) : Number.NaN
  if (ms >= 0 && ms <= MAX_TIME) return ms
  const wanted = 'Member must be a time between 1970 and 9999'
  return fault(faults, path, value, `${wanted}: seconds in bodies, ISO 8601 in queries`)
}

function decodeList(
  { item, min, max }: Extract<Shape, { kind: 'list' }>,
  value: unknown,
  path: string,
  faults: Fault[],
  loose: boolean,
): unknown {
  if (!Array.isArray(value)) return fault(faults, path, value, 'Member must be a list')
  if (value.length < min) return fault(faults, path, value, atLeast('length', min))
  if (value.length > max) return fault(faults, path, value, atMost('length', max))
  const items = value as readonly unknown[]
  return items.map((each, i) => {
    const at = `${path}.${i + 1}.member`
    if (each !== null) return decode(item, each, at, faults, loose)
    return fault(faults, at, each, 'Member must not be null')
  })
}

function decodeMap(
  { key, value: of }: Extract<Shape, { kind: 'map' }>,
  value: unknown,
  path: string,
  faults: Fault[],
  loose: boolean,
): unknown {
  if (!isRecord(value)) return fault(faults, path, value, 'Member must be an object')
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== null)
      .map(([name, each]) => [
        decode(key, name, `${path}.key`, faults, loose),
        decode(of, each, `${path}.${name}`, faults, loose),
      ]),
  )
}

function decodeStructure(
  shape: StructureShape,
  value: unknown,
  path: string,
  faults: Fault[],
  loose: boolean,
): unknown {
  if (!isRecord(value)) return fault(faults, path, value, 'Member must be an object')
  return decodeMembers(shape.members, value, faults, path, loose || shape.loose)
}

function isRecord(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fault(faults: Fault[], path: string, value: unknown, constraint: string): undefined {
  faults.push({ path, value, constraint })
}

function atLeast(what: 'length' | 'value', bound: number): string {
  return `Member must have ${what} greater than or equal to ${bound}`
}

function atMost(what: 'length' | 'value', bound: number): string {
  return `Member must have ${what} less than or equal to ${bound}`
}
