import { type Chunk, ChunkBuilder, type DecodeContext } from '../columnar/chunk.ts'
import { decodeContext } from '../detect/detector.ts'
import { type Metric, ML_METRICS } from '../domain/metric.ts'
import { DAY_MS, DEFAULT_WINDOW_MS } from '../domain/time.ts'
import { decodeNdjson } from '../formats/ndjson.ts'
import { encoderFor, type FleetFormat } from '../synthetic/encoders.ts'
import { generateFleet, type GeneratedFleet } from '../synthetic/generate.ts'

/** The same datapoints as text and as columns. */
export interface BenchData {
  rows: number
  metrics: readonly Metric[]
  context: DecodeContext
  ndjson: Uint8Array
  /** With a header line. */
  csv: Uint8Array
  /** In time order. */
  chunks: readonly Chunk[]
}

/** A day to build models on and one to score: the more rows, the more things. */
const DAYS = 2
const NEWLINE = 10
/** As the threads read files: in blocks that stay in the processor's cache. */
const BLOCK_BYTES = 1 << 20
const CHUNK_BYTES = 8 << 20

/** Seeded datapoints of a calm, sorted fleet: about `rows` of them, of all thirteen metrics. */
export function benchData(rows: number): BenchData {
  const perDay = ML_METRICS.length * (DAY_MS / DEFAULT_WINDOW_MS)
  const things = Math.max(1, Math.round(rows / (perDay * DAYS)))
  const days = rows / (perDay * things)
  const fleet = generateFleet({ seed: 1, fleet: 'mixed', things, days, clean: true })
  const context = decodeContext(ML_METRICS, DEFAULT_WINDOW_MS, 0)
  const ndjson = encoded(fleet, 'ndjson')
  const chunks = blocksOf(ndjson, CHUNK_BYTES).map((block) => {
    const builder = new ChunkBuilder(context)
    decodeNdjson(block, builder)
    return builder.chunk()
  })
  return {
    rows: chunks.reduce((sum, chunk) => sum + chunk.rows, 0),
    metrics: ML_METRICS,
    context,
    ndjson,
    csv: encoded(fleet, 'csv'),
    chunks,
  }
}

/** Stretches of whole lines. */
export function blocksOf(bytes: Uint8Array, blockBytes: number = BLOCK_BYTES): Uint8Array[] {
  const blocks: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + blockBytes)
    const newline = bytes.indexOf(NEWLINE, end - 1)
    const next = newline < 0 ? bytes.length : newline + 1
    blocks.push(bytes.subarray(at, next))
    at = next
  }
  return blocks
}

function encoded(fleet: GeneratedFleet, format: FleetFormat): Uint8Array {
  const encoder = encoderFor(format)
  const pieces: Uint8Array[] = []
  for (const chunk of fleet.chunks()) pieces.push(encoder.encode(chunk).slice())
  pieces.push(encoder.end().slice())
  return Buffer.concat(pieces)
}
