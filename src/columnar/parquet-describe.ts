/** What a Parquet file of datapoints holds, from its footer and its path alone. */
import { DetectError } from '../domain/errors.ts'
import { MAX_TIME } from '../domain/time.ts'
import { columnOf, type DatapointField } from './datapoint-fields.ts'
import { type Footer, isNumeric, type Leaf, readFooter } from './parquet-footer.ts'
import {
  type ColumnChunk,
  type DatapointChunks,
  type ParquetFile,
  PHYSICAL_NAMES,
  Physical,
  type RowGroup,
} from './parquet-format.ts'
import { PAGE_SLACK } from './page-kernels.ts'
import { TimeTarget } from './column-targets.ts'

/** Positions of the datapoint's columns among the leaves; -1 where there is none. */
interface Positions {
  thing: number
  metric: number
  timestamp: number
  value: number
  sizes: { min: number; sum: number; count: number } | null
  list: number
}

/**
 * Reads the footer of a file of datapoints. Throws a DetectError when it is no Parquet file, or says
 * which column is missing or of no use.
 */
export function describeParquet(path: string): ParquetFile {
  const footer = readFooter(path)
  const positions = positionsOf(footer)
  const rowGroups: RowGroup[] = []
  let firstRow = 0
  for (const group of footer.rowGroups) {
    rowGroups.push(describeRowGroup(footer, rowGroups.length, positions, firstRow))
    firstRow += group.rows
  }
  return {
    path,
    size: footer.size,
    rows: footer.rows,
    things: footer.leaves[positions.thing]?.type === Physical.INT32 ? 'archive' : 'named',
    metric: positions.metric < 0 ? metricOfPath(path) : null,
    rowGroups,
    metadata: footer.metadata,
  }
}

function positionsOf(footer: Footer): Positions {
  const names = footer.leaves.map((leaf) => leaf.name)
  const find = (field: DatapointField): number => columnOf(field, names)
  const positions = {
    thing: find('thing'),
    metric: find('metric'),
    timestamp: find('timestamp'),
    value: find('value'),
    sizes: null as Positions['sizes'],
    list: footer.leaves.findIndex((leaf) => leaf.name === 'list' && isText(leaf)),
  }
  require(footer, positions.timestamp, 'timestamp', isTime)
  require(footer, positions.value, 'value', isNumeric)
  if (positions.metric >= 0) require(footer, positions.metric, 'metric', isText)
  else if (metricOfPath(footer.path) === null) throw missing(footer, 'metric')
  const isArchive = footer.leaves[positions.thing]?.type === Physical.INT32
  if (positions.thing >= 0 && !isArchive) require(footer, positions.thing, 'thing', isText)
  if (isArchive) {
    const [min, sum, count] = ['min', 'sum', 'count'].map((name) => names.indexOf(name))
    if (min! >= 0 && sum! >= 0 && count! >= 0) {
      positions.sizes = { min: min!, sum: sum!, count: count! }
      for (const position of [min!, sum!, count!]) {
        require(footer, position, names[position]!, isNumeric)
      }
    }
  }
  return positions
}

function require(
  footer: Footer,
  position: number,
  field: string,
  isUsable: (leaf: Leaf) => boolean,
): void {
  const leaf = footer.leaves[position]
  if (leaf === undefined) throw missing(footer, field)
  if (isUsable(leaf)) return
  const type = PHYSICAL_NAMES[leaf.type] ?? leaf.type
  throw new DetectError(
    'input',
    `${footer.path}: column "${leaf.name}" of type ${type} cannot be a ${field}`,
  )
}

function missing(footer: Footer, field: string): DetectError {
  const names = footer.leaves.map((leaf) => leaf.name).join(', ')
  return new DetectError('input', `${footer.path} has no column "${field}", only: ${names}`)
}

function isText(leaf: Leaf): boolean {
  return leaf.type === Physical.BYTE_ARRAY
}

function isTime(leaf: Leaf): boolean {
  const { type, meaning } = leaf
  return (
    (type >= Physical.INT32 && type <= Physical.BYTE_ARRAY && meaning.kind !== 'decimal') ||
    type === Physical.INT96
  )
}

/** The metric that a `metric=...` folder of the path names, percent-decoded; null if none does. */
export function metricOfPath(path: string): string | null {
  const folder = path.split(/[/\\]/).findLast((part) => part.startsWith('metric='))
  if (folder === undefined) return null
  const coded = folder.slice('metric='.length)
  try {
    return decodeURIComponent(coded)
  } catch {
    return coded
  }
}

function describeRowGroup(
  footer: Footer,
  number: number,
  positions: Positions,
  firstRow: number,
): RowGroup {
  const group = footer.rowGroups[number]!
  const chunk = (position: number): ColumnChunk => {
    const found = group.chunks[position]
    if (found === undefined) {
      const name = footer.leaves[position]!.name
      throw new DetectError('input', `${footer.path}: a row group lacks column "${name}"`)
    }
    return found
  }
  const { thing, metric, sizes, list } = positions
  const columns: DatapointChunks = {
    thing: thing < 0 ? null : chunk(thing),
    metric: metric < 0 ? null : chunk(metric),
    timestamp: chunk(positions.timestamp),
    value: chunk(positions.value),
    sizes: sizes && { min: chunk(sizes.min), sum: chunk(sizes.sum), count: chunk(sizes.count) },
    list: list < 0 ? null : chunk(list),
  }
  const bounds = group.bounds[positions.timestamp]
  const [minTime, maxTime] = timeRange(columns.timestamp, bounds)
  return { number, rows: group.rows, firstRow, minTime, maxTime, columns }
}

/**
 * Epoch milliseconds of a column's bounds. NaN for texts, and where a bound is no moment or the two
 * do not fit together (seconds beside milliseconds): then nothing can be said about the rows between.
 */
function timeRange(
  chunk: ColumnChunk,
  bounds: { min: Uint8Array; max: Uint8Array } | undefined,
): [number, number] {
  const unknown: [number, number] = [Number.NaN, Number.NaN]
  const width = { [Physical.INT32]: 4, [Physical.INT64]: 8 }[chunk.type]
  if (bounds === undefined || bounds.min.length !== width || bounds.max.length !== width) {
    return unknown
  }
  const out = new Float64Array(2)
  const target = new TimeTarget(chunk, out)
  const bytes = new Uint8Array(2 * width + PAGE_SLACK)
  bytes.set(bounds.min)
  bytes.set(bounds.max, width)
  target.plain({ bytes, start: 0, end: 2 * width }, 2, out, 0)
  const [min, max] = [out[0]!, out[1]!]
  const isSound = min >= 0 && min <= max && max <= MAX_TIME && sameScale(chunk, bytes, width)
  return isSound ? [min, max] : unknown
}

/** Whether both bounds are read as seconds, or both as milliseconds. */
function sameScale(chunk: ColumnChunk, bytes: Uint8Array, width: number): boolean {
  if (chunk.meaning.kind === 'time' || width === 4) return true
  const view = new DataView(bytes.buffer)
  const isLarge = (at: number): boolean => view.getBigInt64(at, true) >= 100_000_000_000n
  return isLarge(0) === isLarge(8)
}
