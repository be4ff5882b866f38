import { parseArgs } from 'node:util'
import { DetectError } from '../domain/errors.ts'
import { didYouMean, show } from '../domain/problem.ts'
import type { EpochMs } from '../domain/time.ts'
import { readAmount, readCount, readDuration, readMoment } from './option-values.ts'

/** One option as the help shows it and the parser takes it. */
export interface OptionSpec {
  /** What its value is called; null for switches. */
  value: string | null
  /** It may be given several times. */
  repeats: boolean
  help: string
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>

export function valued(value: string, help: string): OptionSpec {
  return { value, repeats: false, help }
}

export function repeated(value: string, help: string): OptionSpec {
  return { value, repeats: true, help }
}

export function toggle(help: string): OptionSpec {
  return { value: null, repeats: false, help }
}

/** What stood on the command line behind the command's name, checked against its options. */
export class Options {
  readonly positionals: readonly string[]
  readonly #specs: OptionSpecs
  readonly #values: ReadonlyMap<string, readonly string[]>

  constructor(
    specs: OptionSpecs,
    values: ReadonlyMap<string, readonly string[]>,
    positionals: readonly string[],
  ) {
    this.#specs = specs
    this.#values = values
    this.positionals = positionals
  }

  /** The same with values for what was not given. */
  withDefaults(values: ReadonlyMap<string, readonly string[]>): Options {
    return new Options(this.#specs, new Map([...values, ...this.#values]), this.positionals)
  }

  flag(name: string): boolean {
    return this.#values.has(name)
  }

  /** The last value given; null when there is none. */
  text(name: string): string | null {
    return this.#values.get(name)?.at(-1) ?? null
  }

  texts(name: string): readonly string[] {
    return this.#values.get(name) ?? []
  }

  required(name: string): string {
    const text = this.text(name)
    if (text === null) throw usage(`--${name} ${this.#specs[name]?.value ?? ''} is missing`)
    return text
  }

  /** Milliseconds. */
  duration(name: string, fallback: number): number {
    const text = this.text(name)
    return text === null ? fallback : readDuration(`--${name}`, text)
  }

  moment(name: string): EpochMs | null {
    const text = this.text(name)
    return text === null ? null : readMoment(`--${name}`, text)
  }

  /** A whole number of at least `least`. */
  count(name: string, fallback: number, least = 1): number {
    const text = this.text(name)
    return text === null ? fallback : readCount(`--${name}`, text, least)
  }

  /** A number above 0, whole or not. */
  amount(name: string, fallback: number): number {
    const text = this.text(name)
    return text === null ? fallback : readAmount(`--${name}`, text)
  }

  choice<T extends string>(name: string, choices: readonly T[]): T | null {
    const text = this.text(name)
    if (text === null || choices.includes(text as T)) return text as T | null
    const known = choices.length === 1 ? `only ${choices[0]}` : `one of ${choices.join(', ')}`
    throw usage(`--${name} ${show(text)} should be ${known}${didYouMean(text, choices)}`)
  }
}

export function usage(message: string): DetectError {
  return new DetectError('usage', message)
}

/** Reads a command's arguments. Throws a usage error that names the option and its value. */
export function parseOptions(argv: readonly string[], specs: OptionSpecs): Options {
  const { tokens } = parseArgs({
    args: [...argv],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(
      Object.entries(specs).map(([name, { value }]) => [
        name,
        { type: value === null ? 'boolean' : 'string', ...(name === 'help' ? { short: 'h' } : {}) },
      ]),
    ),
  })
  const values = new Map<string, string[]>()
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const spec = Object.hasOwn(specs, token.name) ? specs[token.name] : undefined
    if (spec === undefined) throw unknownOption(token.rawName, specs)
    checkValue(token, spec)
    values.set(token.name, [...(values.get(token.name) ?? []), token.value ?? ''])
  }
  return new Options(specs, values, positionals)
}

interface OptionToken {
  rawName: string
  value: string | undefined
  inlineValue: boolean | undefined
}

function checkValue({ rawName, value, inlineValue }: OptionToken, spec: OptionSpec): void {
  if (spec.value === null) {
    if (value !== undefined) throw usage(`${rawName} takes no value, not ${show(value)}`)
    return
  }
  // What looks like the next option is one: `--out --quiet` lacks the file.
  const isOption = value !== undefined && inlineValue !== true && /^-./.test(value)
  if (value === undefined || value === '' || isOption) {
    throw usage(`${rawName} needs a value: ${rawName} ${spec.value}`)
  }
}

function unknownOption(rawName: string, specs: OptionSpecs): DetectError {
  const known = Object.keys(specs).map((name) => `--${name}`)
  return usage(`unknown option ${show(rawName)}${didYouMean(rawName, known)}`)
}
