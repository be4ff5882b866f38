/** Bytes to columns, format by format, beside readline with JSON.parse and DuckDB on one thread. */
import { createReadStream, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { ChunkBuilder } from '../../src/columnar/chunk.ts'
import { nameAt } from '../../src/columnar/name-table.ts'
import { describeParquet } from '../../src/columnar/parquet-describe.ts'
import { decodeRowGroup } from '../../src/columnar/parquet-read.ts'
import { ML_METRICS } from '../../src/domain/metric.ts'
import { decodeCsv } from '../../src/formats/csv.ts'
import { readCsvHeader } from '../../src/formats/csv-header.ts'
import { decodeJsonValues } from '../../src/formats/documents.ts'
import { decodeNdjson } from '../../src/formats/ndjson.ts'
import { NdjsonScanner } from '../../src/formats/ndjson-wasm.ts'
import { quoted } from '../duckdb.ts'
import { newBuilder, type StageRows } from './rows.ts'
import { type Stage, sum } from './stage.ts'

const COLUMNS = "{thing: 'VARCHAR', metric: 'VARCHAR', timestamp: 'BIGINT', value: 'DOUBLE'}"
const HEADER = 'thing,metric,timestamp,value'

/** `duckdb` has one thread, as the decoders have. */
export async function ingestStages(
  rows: StageRows,
  directory: string,
  duckdb: DuckDBConnection,
): Promise<Stage[]> {
  const files = {
    ndjson: join(directory, 'rows.ndjson'),
    csv: join(directory, 'rows.csv'),
    parquet: join(directory, 'rows.parquet'),
  }
  writeFileSync(files.ndjson, rows.ndjson)
  writeFileSync(files.csv, csvOf(rows.builder))
  const ndjson = `read_json(${quoted(files.ndjson)}, format = 'newline_delimited', columns = ${COLUMNS})`
  const csv = `read_csv(${quoted(files.csv)}, header = true, columns = ${COLUMNS})`
  const parquet = `read_parquet(${quoted(files.parquet)})`
  await duckdb.run(`COPY (FROM ${ndjson}) TO ${quoted(files.parquet)} (FORMAT parquet)`)
  const peer = (table: string) => ({ name: 'DuckDB', work: () => scanned(duckdb, table) })
  const scanner = new NdjsonScanner()
  const layout = readCsvHeader(HEADER)!
  const stage = (name: string, variants: Stage['variants']): Stage => ({
    name,
    rows: rows.rows,
    variants,
  })
  return [
    stage('ingest NDJSON', [
      {
        name: 'WebAssembly',
        work: () =>
          decoded((builder) => {
            const bytes = readFileSync(files.ndjson)
            scanner.input(bytes.length).set(bytes)
            scanner.decode(bytes.length, builder)
          }),
      },
      {
        name: 'TypeScript',
        work: () => decoded((builder) => decodeNdjson(readFileSync(files.ndjson), builder)),
      },
      peer(ndjson),
      { name: 'readline, JSON.parse', work: () => parsedLines(files.ndjson) },
    ]),
    stage('ingest CSV', [
      {
        name: 'TypeScript',
        work: () =>
          decoded((builder) => {
            decodeCsv(readFileSync(files.csv).subarray(HEADER.length + 1), builder, layout)
          }),
      },
      peer(csv),
    ]),
    stage('ingest Parquet', [
      { name: 'ours', work: () => decoded((builder) => decodeParquet(files.parquet, builder)) },
      peer(parquet),
    ]),
    stage('ingest JSON documents', [
      {
        name: 'TypeScript',
        work: () => decoded((builder) => decodeJsonValues(readFileSync(files.ndjson), builder)),
      },
    ]),
  ]
}

function decoded(decode: (builder: ChunkBuilder) => void): number {
  const builder = newBuilder()
  decode(builder)
  return sum(builder.value, builder.rows)
}

function decodeParquet(path: string, builder: ChunkBuilder): void {
  const file = describeParquet(path)
  for (let group = 0; group < file.rowGroups.length; group++) decodeRowGroup(file, group, builder)
}

async function parsedLines(path: string): Promise<number> {
  let total = 0
  for await (const line of createInterface({ input: createReadStream(path) })) {
    total += (JSON.parse(line) as { value: number }).value
  }
  return total
}

/** All four columns are decoded, since each has a say in the result. */
async function scanned(duckdb: DuckDBConnection, table: string): Promise<number> {
  const query = `SELECT sum(value), max(thing), max(metric), max(timestamp) FROM ${table}`
  const [row] = (await duckdb.runAndReadAll(query)).getRows()
  return Number(row![0])
}

function csvOf({ rows, thing, metric, time, value, things }: ChunkBuilder): string {
  const lines = [HEADER]
  for (let i = 0; i < rows; i++) {
    const { name } = ML_METRICS[metric[i]!]!
    lines.push(`${nameAt(things, thing[i]!)},${name},${time[i]},${value[i]}`)
  }
  return `${lines.join('\n')}\n`
}
