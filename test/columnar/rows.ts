import { ChunkBuilder, type Chunk, type DecodeContext } from '../../src/columnar/chunk.ts'
import { nameAt, type Names } from '../../src/columnar/name-table.ts'
import { describeParquet } from '../../src/columnar/parquet-describe.ts'
import { decodeRowGroup } from '../../src/columnar/parquet-read.ts'

export const METRICS: readonly string[] = [
  'aws:num-messages-sent',
  'aws:message-byte-size',
  'temperature',
]

/** The first two metrics are counts. */
export const CONTEXT: DecodeContext = {
  metrics: METRICS,
  counts: Uint8Array.of(1, 1, 0),
  lists: [],
  dimensioned: [],
  notAfter: Number.POSITIVE_INFINITY,
  windowMs: 300_000,
  keepRejects: 20,
  thing: null,
}

export type Row = [thing: string, metric: string, time: number, value: number]

export function rowsOf(chunk: Chunk): Row[] {
  return Array.from({ length: chunk.rows }, (_, i) => [
    nameAt(chunk.things, chunk.thing[i]!),
    METRICS[chunk.metric[i]!]!,
    chunk.time[i]!,
    chunk.value[i]!,
  ])
}

/** All row groups of a file into one chunk. */
export function decodeFile(
  path: string,
  things: Names | null = null,
  context: DecodeContext = CONTEXT,
): Chunk {
  const file = describeParquet(path)
  const builder = new ChunkBuilder(context, 16)
  for (let i = 0; i < file.rowGroups.length; i++) decodeRowGroup(file, i, builder, things)
  return builder.chunk()
}
