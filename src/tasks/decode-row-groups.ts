import type { ChunkBuilder, TimeRange } from '../columnar/chunk.ts'
import { readCodedRows } from '../columnar/parquet-coded.ts'
import { describeParquet } from '../columnar/parquet-describe.ts'
import type { ParquetFile } from '../columnar/parquet-format.ts'
import { decodeRowGroup } from '../columnar/parquet-read.ts'
import { readThingNames } from '../columnar/parquet-things.ts'
import { DetectError } from '../domain/errors.ts'
import { Digester } from './digest.ts'
import { refuseBroken } from './refuse-broken.ts'
import { remembered } from './remembered.ts'
import type { Decoded, RowGroups } from './segment.ts'

/** Adds the rows of row groups; a damaged one costs itself. Returns the range of times, if it is known. */
export function decodeRowGroups(source: RowGroups, builder: ChunkBuilder): TimeRange | null {
  const file = remembered(source.path, describeParquet)
  const names = source.things === null ? null : remembered(source.things, readThingNames)
  const groups = file.rowGroups.slice(source.from, source.to)
  builder.reserve(groups.reduce((rows, group) => rows + group.rows, 0))
  for (let rowGroup = source.from; rowGroup < source.to; rowGroup++) {
    try {
      decodeRowGroup(file, rowGroup, builder, names)
    } catch (error) {
      if (!(error instanceof DetectError) || error.kind !== 'input') throw error
      refuseBroken(builder, error.message)
    }
  }
  return timeRangeOf(file, source)
}

/** Null where the rows are not fit to be digested: then they must be decoded. */
export function digestRowGroups(source: RowGroups, builder: ChunkBuilder): Decoded | null {
  try {
    return digested(source, builder)
  } catch (error) {
    // What is damaged is found again, and told, when the rows are decoded.
    if (error instanceof DetectError && error.kind === 'input') return null
    throw error
  }
}

function digested(source: RowGroups, builder: ChunkBuilder): Decoded | null {
  const file = remembered(source.path, describeParquet)
  const digester = new Digester(builder)
  for (let rowGroup = source.from; rowGroup < source.to; rowGroup++) {
    const { rows } = file.rowGroups[rowGroup]!
    const fit = digester.take(rows, (columns) => readCodedRows(file, rowGroup, builder, columns))
    if (!fit) return null
  }
  if (!digester.finish()) return null
  return { chunk: builder.chunk(timeRangeOf(file, source) ?? undefined), digests: digester.digests }
}

/** What the footer says of the times of some row groups. */
function timeRangeOf({ rowGroups }: ParquetFile, { from, to }: RowGroups): TimeRange | null {
  const groups = rowGroups.slice(from, to)
  const minTime = Math.min(...groups.map((group) => group.minTime))
  const maxTime = Math.max(...groups.map((group) => group.maxTime))
  return Number.isFinite(minTime) && Number.isFinite(maxTime) ? { minTime, maxTime } : null
}
