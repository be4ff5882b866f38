/** The rows the stages work on: the beginning of the whole job's smallest data, in every format. */
import { closeSync, openSync, readSync } from 'node:fs'
import { ChunkBuilder, type DecodeContext } from '../../src/columnar/chunk.ts'
import { decodeContext } from '../../src/detect/detector.ts'
import { ML_METRICS } from '../../src/domain/metric.ts'
import { DEFAULT_WINDOW_MS } from '../../src/domain/time.ts'
import { decodeNdjson } from '../../src/formats/ndjson.ts'
import { benchData } from '../data.ts'

const SMALL_FLEET = 50
const BYTES = 24 * 1024 * 1024
const QUICK_BYTES = 4 * 1024 * 1024
const NEWLINE = 10

export interface StageRows {
  ndjson: Uint8Array
  builder: ChunkBuilder
  rows: number
  /** Of all values. */
  sum: number
}

/** A fresh builder as a decoding thread has it. */
export function newBuilder(capacity = 8_192): ChunkBuilder {
  return new ChunkBuilder(CONTEXT, capacity)
}

const CONTEXT: DecodeContext = decodeContext(ML_METRICS, DEFAULT_WINDOW_MS, 0)

export async function stageRows(quick: boolean): Promise<StageRows> {
  const { ndjson: path } = await benchData(SMALL_FLEET)
  const bytes = new Uint8Array(quick ? QUICK_BYTES : BYTES)
  const file = openSync(path, 'r')
  const read = readSync(file, bytes)
  closeSync(file)
  const ndjson = bytes.subarray(0, bytes.lastIndexOf(NEWLINE, read - 1) + 1)
  const builder = newBuilder()
  decodeNdjson(ndjson, builder)
  let sum = 0
  for (let i = 0; i < builder.rows; i++) sum += builder.value[i]!
  return { ndjson, builder, rows: builder.rows, sum }
}
