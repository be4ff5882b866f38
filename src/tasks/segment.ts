import type { Chunk } from '../columnar/chunk.ts'
import type { ParquetFile } from '../columnar/parquet-format.ts'
import type { EpochMs } from '../domain/time.ts'
import type { CsvLayout } from '../formats/csv-header.ts'
import type { Digest } from './digest.ts'

/** How bytes are read; `csv` takes its columns from the file's first line. */
export type ByteFormat =
  | { name: 'ndjson' }
  | { name: 'csv'; layout: CsvLayout }
  | { name: 'json' }
  | { name: 'cbor' }
  | { name: 'arrow' }

export type SegmentSource =
  /** What cannot be read at all: one refused row, and the run goes on. */
  | { kind: 'broken'; detail: string }
  /** The lines of a file that begin in `[from, to)`. */
  | { kind: 'lines'; path: string; from: number; to: number; format: ByteFormat }
  /** Bytes in shared memory; cut at line ends where the format has lines. */
  | { kind: 'bytes'; bytes: Uint8Array; format: ByteFormat }
  /** Neighboring row groups of a Parquet file, of which `file` names no others. */
  | {
      kind: 'row-groups'
      file: ParquetFile
      /** The file of names behind an archive's codes. */
      things: string | null
      /** Said where the footer promises that no row group of the file begins before another has ended. */
      inOrder: { minTime: EpochMs; maxTime: EpochMs; rows: number } | null
    }
  /** Sorted rows: the blocks in `[from, to)` of a bucket's file; `names` is the file of the spill's names. */
  | { kind: 'spilled'; path: string; from: number; to: number; names: string }

export type RowGroups = SegmentSource & { kind: 'row-groups' }

/** The rows of a stretch of input, and what whole windows held whose rows are not among them. */
export interface Decoded {
  chunk: Chunk
  /** In order of time. */
  digests: readonly Digest[]
}
