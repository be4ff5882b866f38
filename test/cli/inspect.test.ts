import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { namesOf } from '../../src/columnar/arrow-batch.ts'
import { thingColumns } from '../../src/columnar/parquet-things.ts'
import { writeParquet } from '../../src/columnar/parquet-write.ts'
import { cli } from './fake-io.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-detect-inspect-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

async function writePart(metric: string, day: string, times: string[]): Promise<string> {
  const directory = join(folder, `metric=${metric}`, `day=${day}`)
  mkdirSync(directory, { recursive: true })
  const path = join(directory, 'part-0.parquet')
  await writeParquet(path, [
    { name: 'thing', type: 'INT32', values: Int32Array.from(times, (_, i) => i % 2) },
    { name: 'timestamp', type: 'INT64', values: Float64Array.from(times, (t) => Date.parse(t)) },
    { name: 'value', type: 'DOUBLE', values: Float64Array.from(times, (_, i) => i) },
  ])
  return path
}

async function writeArchive(): Promise<void> {
  await writePart('cpu', '2026-01-05', ['2026-01-05T00:00:00Z', '2026-01-05T23:55:00Z'])
  await writePart('cpu', '2026-01-06', ['2026-01-06T00:00:00Z'])
  await writePart('aws%3Aall-bytes-out', '2026-01-06', ['2026-01-06T10:00:00Z'])
  await writeParquet(join(folder, 'things.parquet'), thingColumns(namesOf(['a', 'b'])))
}

test('an archive: metrics, days, rows, time range, things', async () => {
  await writeArchive()
  const { code, stdout, stderr } = await cli('inspect', folder)
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toContain(': 4 datapoints of 2 metrics, 2 things, 2 days, ')
  expect(stdout).toMatch(/^aws:all-bytes-out +1 +1 +1 .* 2026-01-06 10:00 {2}2026-01-06 10:00$/m)
  expect(stdout).toMatch(/^cpu +2 +2 +3 .* 2026-01-05 00:00 {2}2026-01-06 00:00$/m)
  const json = JSON.parse((await cli('inspect', folder, '--json')).stdout) as object
  expect(json).toMatchObject({
    kind: 'archive',
    things: 2,
    days: 2,
    files: 3,
    rows: 4,
    firstTime: '2026-01-05T00:00:00.000Z',
    metrics: [
      { metric: 'aws:all-bytes-out', days: ['2026-01-06'], rows: 1 },
      { metric: 'cpu', days: ['2026-01-05', '2026-01-06'], rows: 3 },
    ],
  })
})

test('one Parquet file', async () => {
  const path = await writePart('cpu', '2026-01-05', ['2026-01-05T00:00:00Z'])
  const { code, stdout } = await cli('inspect', path)
  expect(code).toBe(0)
  expect(stdout).toContain('columns  thing, timestamp, value\n')
  expect(stdout).toContain('metric   cpu (from the path)\n')
})

test('a damaged file is named, without a stack', async () => {
  const path = await writePart('cpu', '2026-01-05', ['2026-01-05T00:00:00Z'])
  writeFileSync(path, 'PAR1')
  const { code, stderr } = await cli('inspect', folder)
  expect(code).toBe(1)
  expect(stderr).toMatch(/^error: .*part-0\.parquet.*\n$/)
})

test('a profile in words, or as JSON', async () => {
  const { code, stdout } = await cli('inspect', 'data/asd/security-profile.json')
  expect(code).toBe(0)
  expect(stdout).toContain('m01-learned (m01): learned, HIGH confidence')
  const { stdout: text } = await cli('inspect', 'data/asd/security-profile.json', '--json')
  const { kind, profiles } = JSON.parse(text) as { kind: string; profiles: { name: string }[] }
  expect([kind, profiles.map(({ name }) => name)]).toEqual(['profile', ['application-servers']])
})

test('a directory of nothing known is refused', async () => {
  const { code, stderr } = await cli('inspect', folder)
  expect(code).toBe(1)
  expect(stderr).toContain('neither an archive, nor a state directory')
})

test('a file too large for a profile is not read as one', async () => {
  const path = join(folder, 'fleet.ndjson')
  writeFileSync(path, '')
  truncateSync(path, 1 << 30)
  const { code, stderr } = await cli('inspect', path)
  expect(code).toBe(1)
  expect(stderr).toContain('too large to be a file of security profiles')
})
