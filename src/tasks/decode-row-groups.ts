import type { ChunkBuilder, TimeRange } from '../columnar/chunk.ts'
import { readCodedRows } from '../columnar/parquet-coded.ts'
import type { ParquetFile } from '../columnar/parquet-format.ts'
import { decodeRowGroup } from '../columnar/parquet-read.ts'
import { readThingNames } from '../columnar/parquet-things.ts'
import { DetectError } from '../domain/errors.ts'
import { Digester, type Digesting } from './digest.ts'
import { refuseBroken } from './refuse-broken.ts'
import { remembered } from './remembered.ts'
import type { Decoded, RowGroups } from './segment.ts'

/** Adds the rows of row groups; a damaged one costs itself. Returns the range of times, if it is known. */
export function decodeRowGroups(
  { file, things }: RowGroups,
  builder: ChunkBuilder,
): TimeRange | null {
  const names = things === null ? null : remembered(things, readThingNames)
  builder.reserve(file.rowGroups.reduce((rows, group) => rows + group.rows, 0))
  for (let i = 0; i < file.rowGroups.length; i++) {
    try {
      decodeRowGroup(file, i, builder, names)
    } catch (error) {
      if (!(error instanceof DetectError) || error.kind !== 'input') throw error
      refuseBroken(builder, error.message)
    }
  }
  return timeRangeOf(file)
}

/** Null where the rows are not fit to be digested: then they must be decoded. */
export function digestRowGroups(
  { file }: RowGroups,
  builder: ChunkBuilder,
  digesting: Digesting,
): Decoded | null {
  try {
    const digester = new Digester(builder, digesting)
    for (const [i, { rows }] of file.rowGroups.entries()) {
      if (!digester.take(rows, (columns) => readCodedRows(file, i, builder, columns))) return null
    }
    if (!digester.finish()) return null
    return { chunk: builder.chunk(timeRangeOf(file) ?? undefined), digests: digester.digests }
  } catch (error) {
    // What is damaged is found again, and told, when the rows are decoded.
    if (error instanceof DetectError && error.kind === 'input') return null
    throw error
  }
}

/** What the footer says of the times of the row groups. */
function timeRangeOf({ rowGroups }: ParquetFile): TimeRange | null {
  const minTime = Math.min(...rowGroups.map((group) => group.minTime))
  const maxTime = Math.max(...rowGroups.map((group) => group.maxTime))
  return Number.isFinite(minTime) && Number.isFinite(maxTime) ? { minTime, maxTime } : null
}
