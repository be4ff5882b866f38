import { ENUMS } from './enums.ts'
import type { Members } from './notation.ts'
import { SCALARS } from './scalars.ts'
import { STRUCTURES } from './structures.ts'

/** A shape as the tables declare it, ready to check values against. */
export type Shape =
  | { kind: 'text'; min: number; max: number; pattern: RegExp | null; source: string }
  | { kind: 'enum'; values: readonly string[] }
  | { kind: 'flag' }
  | { kind: 'number'; whole: boolean; min: number; max: number }
  | { kind: 'time' }
  | { kind: 'list'; item: Shape; min: number; max: number }
  | { kind: 'map'; key: Shape; value: Shape }
  | StructureShape

export interface StructureShape {
  kind: 'structure'
  members: readonly Member[]
  /** Only the JSON types are checked here: the domain says what is wrong with the values. */
  loose: boolean
}

export interface Member {
  name: string
  shape: Shape
  required: boolean
}

/** Behaviors and metrics are checked by the domain, which words what is wrong as the service does. */
const LOOSE: readonly string[] = ['Behavior', 'MetricToRetain']

const NUMBER = /^(int|long|double)(?: (\S*)\.\.(\S*))?$/
const LIST = /^\[(.+)\](?: \{(\d+)\.\.(\d+)\})?$/
const MAP = /^\{(\w+): (.+)\}$/

type Kind = 'int' | 'long' | 'double'
const LARGEST: Readonly<Record<Kind, number>> = {
  int: 2_147_483_647,
  long: Number.MAX_SAFE_INTEGER,
  double: Number.MAX_VALUE,
}

const known = new Map<string, Shape>()

/** Reads the notation; throws for a name that no table has. */
export function shapeOf(notation: string): Shape {
  const text = notation.replace(/\*$/, '')
  let shape = known.get(text)
  if (shape === undefined) {
    shape = readShape(text)
    known.set(text, shape)
  }
  return shape
}

export function membersOf(members: Members): Member[] {
  return Object.entries(members).map(([name, notation]) => ({
    name,
    shape: shapeOf(notation),
    required: notation.endsWith('*'),
  }))
}

function readShape(text: string): Shape {
  if (text === 'string') return { kind: 'text', min: 0, max: Infinity, pattern: null, source: '' }
  if (text === 'bool') return { kind: 'flag' }
  if (text === 'ts') return { kind: 'time' }
  const number = NUMBER.exec(text)
  if (number !== null) {
    return {
      kind: 'number',
      whole: number[1] !== 'double',
      min: bound(number[2], -LARGEST[number[1] as Kind]),
      max: bound(number[3], LARGEST[number[1] as Kind]),
    }
  }
  const list = LIST.exec(text)
  if (list !== null) {
    const [, item, min, max] = list
    return { kind: 'list', item: shapeOf(item!), min: bound(min, 0), max: bound(max, Infinity) }
  }
  const map = MAP.exec(text)
  if (map !== null) return { kind: 'map', key: shapeOf(map[1]!), value: shapeOf(map[2]!) }
  return readNamed(text)
}

function bound(text: string | undefined, otherwise: number): number {
  return text === undefined || text === '' ? otherwise : Number(text)
}

interface Scalar {
  min: number
  max?: number
  pattern?: string
}

function readNamed(name: string): Shape {
  const values = (ENUMS as Readonly<Record<string, readonly string[]>>)[name]
  if (values !== undefined) return { kind: 'enum', values }
  const scalar = (SCALARS as Readonly<Record<string, Scalar>>)[name]
  if (scalar !== undefined) {
    const { min, max = Infinity, pattern: source = '' } = scalar
    const pattern = source === '' ? null : new RegExp(`^(?:${source})$`, 'u')
    return { kind: 'text', min, max, pattern, source }
  }
  const members = (STRUCTURES as Readonly<Record<string, Members>>)[name]
  if (members === undefined) throw new TypeError(`no table of shapes has ${name}`)
  return { kind: 'structure', members: membersOf(members), loose: LOOSE.includes(name) }
}
