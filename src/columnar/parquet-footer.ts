/** The footer of a Parquet file: which columns there are, where their pages lie, what they mean. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { DetectError } from '../domain/errors.ts'
import {
  type ColumnChunk,
  type Meaning,
  PHYSICAL_NAMES,
  Physical,
  type ValueType,
} from './parquet-format.ts'
import {
  bytesField,
  listField,
  numberField,
  requiredNumber,
  structField,
  structsField,
  textField,
  type ThriftStruct,
  ThriftReader,
} from './thrift.ts'

/** A top-level column that holds one value per row. */
export interface Leaf extends ValueType {
  name: string
  optional: boolean
}

export interface FooterRowGroup {
  rows: number
  /** By position in `leaves`. */
  chunks: (ColumnChunk | undefined)[]
  /** Least and greatest value of each as PLAIN bytes, where stated. */
  bounds: ({ min: Uint8Array; max: Uint8Array } | undefined)[]
}

export interface Footer {
  path: string
  size: number
  rows: number
  leaves: Leaf[]
  rowGroups: FooterRowGroup[]
  metadata: Record<string, string>
}

/** More rows than any writer puts into a row group: what a corrupt footer may make us allocate. */
const MAX_GROUP_ROWS = 2 ** 25

const MAGIC = 0x31_52_41_50
const REQUIRED = 0
const OPTIONAL = 1

/** Reads the footer. Throws a DetectError that names the file when it is none or its sizes are impossible. */
export function readFooter(path: string): Footer {
  const [bytes, size] = readTail(path)
  try {
    return parseFooter(path, size, new ThriftReader(bytes, 0, bytes.length).struct())
  } catch (cause) {
    throw broken(path, `its footer is corrupt: ${(cause as Error).message}`, cause)
  }
}

function readTail(path: string): [Uint8Array, number] {
  const descriptor = openForReading(path)
  try {
    const size = fstatSync(descriptor).size
    if (size < 12) throw broken(path, `it has only ${size} bytes`)
    const tail = new DataView(new ArrayBuffer(8))
    readSync(descriptor, tail, 0, 8, size - 8)
    if (tail.getUint32(4, true) !== MAGIC) throw broken(path, 'its last bytes are not "PAR1"')
    const length = tail.getUint32(0, true)
    if (length > size - 12) throw broken(path, `a footer of ${length} bytes does not fit into it`)
    const footer = new Uint8Array(length)
    readSync(descriptor, footer, 0, length, size - 8 - length)
    return [footer, size]
  } finally {
    closeSync(descriptor)
  }
}

export function openForReading(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (cause) {
    throw new DetectError('input', `cannot read ${path}: ${(cause as Error).message}`, { cause })
  }
}

function broken(path: string, why: string, cause?: unknown): DetectError {
  return new DetectError('input', `${path} is not a readable Parquet file: ${why}`, { cause })
}

function parseFooter(path: string, size: number, file: ThriftStruct): Footer {
  const { leaves, positions } = parseSchema(structsField(file, 2))
  const rowGroups = structsField(file, 4).map((group) =>
    parseRowGroup(group, leaves, positions, size),
  )
  const metadata: Record<string, string> = Object.create(null) as Record<string, string>
  for (const entry of structsField(file, 5)) {
    metadata[textField(entry, 1) ?? ''] = textField(entry, 2) ?? ''
  }
  const rows = rowGroups.reduce((sum, group) => sum + group.rows, 0)
  return { path, size, rows, leaves, rowGroups, metadata: { ...metadata } }
}

/** The flat columns, and for each of the file's column chunks the position of its leaf (-1: nested). */
function parseSchema(elements: ThriftStruct[]): { leaves: Leaf[]; positions: number[] } {
  const leaves: Leaf[] = []
  const positions: number[] = []
  let i = 1
  const nested = (depth: number): void => {
    if (depth > 64 || i >= elements.length) throw new RangeError('schema without an end')
    const children = numberField(elements[i++]!, 5) ?? 0
    if (children === 0) positions.push(-1)
    for (let child = 0; child < children; child++) nested(depth + 1)
  }
  while (i < elements.length) {
    const element = elements[i]!
    const repetition = numberField(element, 3) ?? REQUIRED
    const isFlat = (numberField(element, 5) ?? 0) === 0 && repetition <= OPTIONAL
    if (!isFlat) {
      nested(0)
      continue
    }
    i++
    positions.push(leaves.length)
    leaves.push({
      name: textField(element, 4) ?? '',
      type: requiredNumber(element, 1, 'type of a column'),
      typeLength: numberField(element, 2) ?? 0,
      optional: repetition === OPTIONAL,
      meaning: meaningOf(element),
    })
  }
  return { leaves, positions }
}

const TIME_BY_CONVERTED: Readonly<Record<number, 'ms' | 'us' | 'day'>> = {
  6: 'day',
  9: 'ms',
  10: 'us',
}

/** From the logical type, or from the older "converted type". */
function meaningOf(element: ThriftStruct): Meaning {
  const converted = numberField(element, 6)
  const logical = structField(element, 10)
  const timestamp = logical && structField(logical, 8)
  const unit = timestamp && structField(timestamp, 2)
  if (unit !== undefined) {
    return { kind: 'time', unit: unit.has(1) ? 'ms' : unit.has(2) ? 'us' : 'ns' }
  }
  const time = converted === undefined ? undefined : TIME_BY_CONVERTED[converted]
  if (time !== undefined) return { kind: 'time', unit: time }
  const decimal = logical && structField(logical, 5)
  if (decimal !== undefined) return { kind: 'decimal', scale: numberField(decimal, 1) ?? 0 }
  if (converted === 5) return { kind: 'decimal', scale: numberField(element, 7) ?? 0 }
  const integer = logical && structField(logical, 10)
  const unsigned = integer ? integer.get(2) === false : isUnsigned(converted)
  return { kind: unsigned ? 'unsigned' : 'plain' }
}

function isUnsigned(converted: number | undefined): boolean {
  return converted !== undefined && converted >= 11 && converted <= 14
}

function parseRowGroup(
  group: ThriftStruct,
  leaves: Leaf[],
  positions: number[],
  size: number,
): FooterRowGroup {
  const rows = requiredNumber(group, 3, 'number of rows')
  if (rows < 0 || rows > MAX_GROUP_ROWS) throw new RangeError(`row group of ${rows} rows`)
  const chunks: (ColumnChunk | undefined)[] = leaves.map(() => undefined)
  const bounds: FooterRowGroup['bounds'] = leaves.map(() => undefined)
  structsField(group, 1).forEach((column, i) => {
    const position = positions[i] ?? -1
    const meta = structField(column, 3)
    if (position < 0 || meta === undefined) return
    chunks[position] = parseChunk(leaves[position]!, meta, rows, size)
    bounds[position] = parseBounds(meta)
  })
  return { rows, chunks, bounds }
}

function parseChunk(leaf: Leaf, meta: ThriftStruct, rows: number, size: number): ColumnChunk {
  const where = `column "${leaf.name}"`
  const path = listField(meta, 3)
  if (path.length !== 1) throw new RangeError(`${where} is nested`)
  const values = requiredNumber(meta, 5, `number of values of ${where}`)
  if (values !== rows) throw new RangeError(`${where} has ${values} values for ${rows} rows`)
  const type = requiredNumber(meta, 1, `type of ${where}`)
  if (type !== leaf.type || PHYSICAL_NAMES[type] === undefined) {
    throw new RangeError(`${where} has two types`)
  }
  const data = requiredNumber(meta, 9, `place of ${where}`)
  const dictionary = numberField(meta, 11) ?? 0
  const offset = dictionary > 0 ? Math.min(dictionary, data) : data
  const bytes = requiredNumber(meta, 7, `size of ${where}`)
  if (offset < 0 || bytes < 0 || offset + bytes > size) {
    throw new RangeError(`${where} lies at ${offset} to ${offset + bytes} of ${size} bytes`)
  }
  return { ...leaf, codec: requiredNumber(meta, 4, `codec of ${where}`), offset, bytes, values }
}

function parseBounds(meta: ThriftStruct): { min: Uint8Array; max: Uint8Array } | undefined {
  const statistics = structField(meta, 12)
  if (statistics === undefined) return undefined
  const max = bytesField(statistics, 5) ?? bytesField(statistics, 1)
  const min = bytesField(statistics, 6) ?? bytesField(statistics, 2)
  if (min === undefined || max === undefined) return undefined
  return { min: new Uint8Array(min), max: new Uint8Array(max) }
}

/** Whether a column can hold numbers. */
export function isNumeric(leaf: Leaf): boolean {
  return leaf.type <= Physical.DOUBLE || (leaf.meaning.kind === 'decimal' && leaf.typeLength > 0)
}
