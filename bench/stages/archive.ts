/** The archive of one metric's datapoints: columns to a Parquet file and back, beside DuckDB. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { describeParquet } from '../../src/columnar/parquet-describe.ts'
import { type ParquetColumn, ParquetEncoder } from '../../src/columnar/parquet-encode.ts'
import { readArchiveColumns } from '../../src/columnar/parquet-read.ts'
import { writeParquet } from '../../src/columnar/parquet-write.ts'
import { ML_METRICS } from '../../src/domain/metric.ts'
import { quoted } from '../duckdb.ts'
import type { StageRows } from './rows.ts'
import { type Stage, sum } from './stage.ts'

export async function archiveStages(
  { builder, rows, sum: total }: StageRows,
  directory: string,
  duckdb: DuckDBConnection,
): Promise<Stage[]> {
  const { thing, time, value } = builder
  const columns: ParquetColumn[] = [
    { name: 'thing', type: 'INT32', values: thing.subarray(0, rows) },
    { name: 'timestamp', type: 'INT64', values: time.subarray(0, rows) },
    { name: 'value', type: 'DOUBLE', values: value.subarray(0, rows) },
  ]
  const folder = join(directory, `metric=${ML_METRICS[0]!.name}`, 'day=2026-01-05')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'part-0.parquet')
  await writeParquet(path, columns)
  return [
    {
      name: 'archive write',
      rows,
      variants: [
        { name: 'GZIP', work: () => encoded(columns, 'GZIP', total) },
        { name: 'UNCOMPRESSED', work: () => encoded(columns, 'UNCOMPRESSED', total) },
      ],
    },
    {
      name: 'archive read',
      rows,
      variants: [
        { name: 'ours', work: () => readBack(path) },
        { name: 'DuckDB', work: () => scanned(duckdb, path) },
      ],
    },
  ]
}

/** In memory; what is written proves nothing but that it is there. */
function encoded(
  columns: readonly ParquetColumn[],
  compression: 'GZIP' | 'UNCOMPRESSED',
  total: number,
): number {
  const encoder = new ParquetEncoder(columns, { compression })
  const pieces = [...encoder.encode(columns), ...encoder.end()]
  if (pieces.length === 0) throw new Error('nothing was written')
  return total
}

function readBack(path: string): number {
  const file = describeParquet(path)
  return file.rowGroups.reduce((total, _, group) => {
    const { value, rows } = readArchiveColumns(file, group)
    return total + sum(value, rows)
  }, 0)
}

async function scanned(duckdb: DuckDBConnection, path: string): Promise<number> {
  const query = `SELECT sum(value), max(thing), max(timestamp) FROM read_parquet(${quoted(path)})`
  const [row] = (await duckdb.runAndReadAll(query)).getRows()
  return Number(row![0])
}
