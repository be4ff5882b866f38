import { extname } from 'node:path'
import type { Names } from '../columnar/name-table.ts'
import type { ParquetColumn } from '../columnar/parquet-encode.ts'
import { ParquetFileWriter } from '../columnar/parquet-write.ts'
import { OutputFile } from './output-file.ts'
import type { ScoreTable } from './score-table.ts'

/** The names behind a table's numbers; things may be added. Metrics are those of the behaviors. */
export interface ScoreNames {
  things: string[]
  behaviors: readonly string[]
  metrics: readonly string[]
}

export interface ScoreWriter {
  write(table: ScoreTable): Promise<void>
  end(): Promise<void>
}

const HEADER = 'thing,metric,behavior,timestamp,value,score,score0,level,low,high\n'
const NO_ROWS: ParquetColumn[] = parquetColumns(null, { things: [], behaviors: [], metrics: [] })

export async function newScoreWriter(path: string, names: ScoreNames): Promise<ScoreWriter> {
  if (extname(path) === '.parquet') {
    const file = await ParquetFileWriter.create(path, NO_ROWS)
    return {
      write: (table) => file.write(parquetColumns(table, names)),
      end: () => file.end(),
    }
  }
  const file = new OutputFile(path, 0)
  const isCsv = extname(path) === '.csv'
  if (isCsv) file.append(Buffer.from(HEADER))
  const line = isCsv ? csvLine : jsonLine
  return {
    write: async (table) => {
      const lines = Array.from({ length: table.rows }, (_, row) => line(table, row, names))
      file.append(Buffer.from(lines.join('')))
    },
    end: async () => file.close(),
  }
}

/** An open end of the range is empty. */
function csvLine(
  table: ScoreTable,
  row: number,
  { things, behaviors, metrics }: ScoreNames,
): string {
  const behavior = table.behavior[row]!
  const names = [things[table.thing[row]!]!, metrics[behavior]!, behaviors[behavior]!].map(quoted)
  const { time, value, s, s0, low, high, level } = table
  const ends = [low[row]!, high[row]!].map((end) => (Number.isFinite(end) ? end : ''))
  return `${[...names, time[row], value[row], s[row], s0[row], level[row], ...ends].join(',')}\n`
}

function quoted(name: string): string {
  return /[",\n\r]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name
}

/** An open end of the range is null: JSON knows no infinities. */
function jsonLine(
  table: ScoreTable,
  row: number,
  { things, behaviors, metrics }: ScoreNames,
): string {
  const behavior = table.behavior[row]!
  const { time, value, s, s0, low, high, level } = table
  return `${JSON.stringify({
    thing: things[table.thing[row]!]!,
    metric: metrics[behavior]!,
    behavior: behaviors[behavior]!,
    timestamp: time[row],
    value: value[row],
    score: s[row],
    score0: s0[row],
    level: level[row],
    low: low[row],
    high: high[row],
  })}\n`
}

/** An open end of the range is infinite. */
function parquetColumns(
  table: ScoreTable | null,
  { things, behaviors, metrics }: ScoreNames,
): ParquetColumn[] {
  const rows = table?.rows ?? 0
  const names = (name: string, nameOf: (row: number) => string): ParquetColumn => ({
    name,
    type: 'UTF8',
    values: namesByRow(rows, nameOf),
  })
  const doubles = (name: string, values: Float64Array | undefined): ParquetColumn => ({
    name,
    type: 'DOUBLE',
    values: values?.subarray(0, rows) ?? new Float64Array(0),
  })
  const time = table?.time.subarray(0, rows) ?? new Float64Array(0)
  return [
    names('thing', (row) => things[table!.thing[row]!]!),
    names('metric', (row) => metrics[table!.behavior[row]!]!),
    names('behavior', (row) => behaviors[table!.behavior[row]!]!),
    { name: 'timestamp', type: 'INT64', values: time },
    doubles('value', table?.value),
    doubles('score', table?.s),
    doubles('score0', table?.s0),
    names('level', (row) => table!.level[row]!),
    doubles('low', table?.low),
    doubles('high', table?.high),
  ]
}

function namesByRow(rows: number, nameOf: (row: number) => string): Names {
  const encoded = new Map<string, Uint8Array>()
  const offsets = new Int32Array(rows + 1)
  const pieces: Uint8Array[] = []
  for (let row = 0; row < rows; row++) {
    const name = nameOf(row)
    let bytes = encoded.get(name)
    if (bytes === undefined) encoded.set(name, (bytes = Buffer.from(name)))
    pieces.push(bytes)
    offsets[row + 1] = offsets[row]! + bytes.length
  }
  return { count: rows, bytes: Buffer.concat(pieces), offsets }
}
