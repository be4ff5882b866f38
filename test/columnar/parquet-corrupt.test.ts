import * as fc from 'fast-check'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { DetectError } from '../../src/domain/errors.ts'
import { describeParquet } from '../../src/columnar/parquet-describe.ts'
import { duck } from './duck.ts'
import { temporaryFolder } from './folder.ts'
import { decodeFile } from './rows.ts'

const folder = temporaryFolder()
const ROWS = 600

const layouts = [
  ['snappy', 'V1'],
  ['uncompressed', 'V1'],
  ['uncompressed', 'V2'],
  ['gzip', 'V1'],
  ['zstd', 'V2'],
  ['lz4_raw', 'V2'],
  ['brotli', 'V1'],
] as const

/** Any outcome is fine but a crash, a hang, or rows from nowhere; errors say where. */
function survive(path: string): void {
  try {
    const chunk = decodeFile(path)
    const refused = Object.values(chunk.rejects.counts).reduce((sum, count) => sum + count, 0)
    expect(chunk.rows + refused).toBe(chunk.lines)
    const good = chunk.value.every(
      (value, i) =>
        Number.isFinite(value) && chunk.time[i]! >= 0 && chunk.thing[i]! < chunk.things.count,
    )
    expect(good).toBe(true)
  } catch (error) {
    expect(error).toBeInstanceOf(DetectError)
    expect((error as Error).message).toContain(path)
  }
}

describe.each(layouts)('a damaged file, %s %s', (codec, version) => {
  const whole = join(folder, `whole-${codec}-${version}.parquet`)
  const path = join(folder, `damaged-${codec}-${version}.parquet`)
  let bytes = new Uint8Array(0)

  beforeAll(async () => {
    await duck(`copy (
      select 'pump-' || (i % 17) as thing, 'temperature' as metric,
        1700000000000 + i * 1000 as timestamp, case when i % 9 > 0 then i / 3 end::double as value
      from range(${ROWS}) t(i))
      to '${whole}' (format parquet, codec ${codec}, parquet_version ${version})`)
    bytes = new Uint8Array(readFileSync(whole))
  })

  test('cut off anywhere', () => {
    fc.assert(
      fc.property(fc.nat(), (where) => {
        writeFileSync(path, bytes.subarray(0, where % bytes.length))
        survive(path)
      }),
      { numRuns: 40 },
    )
  })

  test('with bytes changed', () => {
    const change = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }))
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const damaged = bytes.slice()
        for (const [where, flip] of changes) damaged[where % damaged.length]! ^= flip
        writeFileSync(path, damaged)
        survive(path)
      }),
      { numRuns: 250 },
    )
  })
})

test('an error names file, row group and column', async () => {
  const path = join(folder, 'named.parquet')
  await duck(`copy (select 'a' as thing, 'temperature' as metric, 1700000000000 + i as timestamp,
    random() as value from range(5000) t(i)) to '${path}' (format parquet, row_group_size 2048)`)
  const { offset } = describeParquet(path).rowGroups[1]!.columns.value
  const bytes = readFileSync(path)
  bytes.fill(0xff, offset, offset + 8)
  writeFileSync(path, bytes)
  expect(() => decodeFile(path)).toThrow(/named\.parquet, row group 1, column "value": /)
})
