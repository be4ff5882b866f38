import { readFileSync } from 'node:fs'
import { DetectError } from '../domain/errors.ts'
import { didYouMean, isObject, show } from '../domain/problem.ts'
import { type Options, type OptionSpecs, usage } from './options.ts'

const PREFIX = 'FLEET_DETECT_'
/** Variables that are no options. */
const OTHERS = ['FLEET_DETECT_DEBUG', 'FLEET_DETECT_CONFIG']

/**
 * Options from three places: the command line, the environment (`--min-days` is FLEET_DETECT_MIN_DAYS), a
 * configuration file (JSON, `{"min-days": 3}`), in this order of precedence.
 */
export function layeredOptions(
  options: Options,
  specs: OptionSpecs,
  env: Readonly<Record<string, string | undefined>>,
  warn: (message: string) => void,
): Options {
  const path = options.text('config') ?? env[`${PREFIX}CONFIG`] ?? null
  const values = path === null ? new Map<string, string[]>() : fromFile(path, specs)
  for (const [name, list] of fromEnvironment(env, specs, warn)) values.set(name, list)
  return options.withDefaults(values)
}

function fromEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  specs: OptionSpecs,
  warn: (message: string) => void,
): Map<string, string[]> {
  const values = new Map<string, string[]>()
  const names = new Map(Object.keys(specs).map((name) => [variableOf(name), name]))
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith(PREFIX) || OTHERS.includes(variable) || text === undefined) continue
    const name = names.get(variable)
    if (name === undefined) {
      warn(`${variable} is no option${didYouMean(variable, [...names.keys()])}`)
      continue
    }
    const list = valuesOf(specs[name]!, text, variable)
    if (list !== null) values.set(name, list)
  }
  return values
}

function variableOf(name: string): string {
  return PREFIX + name.toUpperCase().replaceAll('-', '_')
}

function fromFile(path: string, specs: OptionSpecs): Map<string, string[]> {
  const values = new Map<string, string[]>()
  for (const [name, value] of Object.entries(readObject(path))) {
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined
    if (spec === undefined) {
      throw usage(`${path}: unknown option ${show(name)}${didYouMean(name, Object.keys(specs))}`)
    }
    const list = valuesOf(spec, value, `${path}: ${name}`)
    if (list !== null) values.set(name, list)
  }
  return values
}

function readObject(path: string): Record<string, unknown> {
  let parsed: unknown
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new DetectError('usage', `${path}: ${(error as Error).message}`, { cause: error })
  }
  if (!isObject(parsed)) throw usage(`${path} should hold an object, {"option": value, ...}`)
  return parsed
}

/** Null where a switch is off. */
function valuesOf(spec: OptionSpecs[string], value: unknown, place: string): string[] | null {
  if (spec.value === null) {
    if (value === false || value === 'false' || value === '0') return null
    if (value === true || value === 'true' || value === '1') return ['']
    throw usage(`${place} ${show(value)} should be true or false`)
  }
  const list = spec.repeats && Array.isArray(value) ? (value as unknown[]) : [value]
  return list.map((item) => {
    if (typeof item === 'number' || (typeof item === 'string' && item !== '')) return String(item)
    throw usage(`${place} ${show(item)} should be a text or a number`)
  })
}
