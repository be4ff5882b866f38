import { tableFromIPC } from 'apache-arrow'
import { parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { expect, test } from 'vitest'
import { columnEncoderFor, type ColumnFormat } from '../../src/synthetic/encode-columns.ts'
import { generateFleet } from '../../src/synthetic/generate.ts'
import type { FleetOptions } from '../../src/synthetic/options.ts'
import { rowsOf } from './fleet-rows.ts'

/** More than a row group. */
const FLEET: Partial<FleetOptions> = { seed: 2, things: 45, days: 1, trainingDays: 0 }

function encoded(format: ColumnFormat): Buffer {
  const encoder = columnEncoderFor(format)
  const pieces: Uint8Array[] = []
  for (const chunk of generateFleet(FLEET).chunks()) pieces.push(encoder.encode(chunk).slice())
  pieces.push(encoder.end().slice())
  return Buffer.concat(pieces)
}

test('Parquet files bring the datapoints back', async () => {
  const { buffer, byteOffset, length } = encoded('parquet')
  const file = buffer.slice(byteOffset, byteOffset + length) as ArrayBuffer
  const rows = await parquetReadObjects({ file, compressors })
  const found = rows.map(({ thing, metric, timestamp, value }) =>
    [thing, metric, timestamp, value].join(' '),
  )
  expect(found.length).toBeGreaterThan(131_072)
  expect(found).toEqual(rowsOf(FLEET))
})

test('Arrow streams bring the datapoints back', () => {
  const table = tableFromIPC(encoded('arrow'))
  const [thing, metric, timestamp, value] = ['thing', 'metric', 'timestamp', 'value'].map(
    (name) => [...table.getChild(name)!],
  )
  const found = thing!.map((name, i) =>
    [name, metric![i], Number(timestamp![i]), value![i]].join(' '),
  )
  expect(found).toEqual(rowsOf(FLEET))
})
