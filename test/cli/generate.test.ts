import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { run } from '../../src/cli/run.ts'
import { FLEET_FORMATS } from '../../src/synthetic/encoders.ts'
import { cli, fakeIo, jsonLines } from './fake-io.ts'

const SMALL = ['generate', '--things', '3', '--days', '1']

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-detect-generate-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

test('stdout carries the datapoints and nothing else; the same seed gives the same', async () => {
  const { code, stdout, stderr } = await cli(...SMALL, '--clean')
  expect(code).toBe(0)
  const rows = jsonLines(stdout)
  expect(new Set(rows.map(({ thing }) => thing)).size).toBe(3)
  for (const row of rows)
    expect(Object.keys(row)).toEqual(['thing', 'metric', 'timestamp', 'value'])
  expect(stderr).toMatch(/^generated [0-9,]+ datapoints of 3 things, .* to stdout\n$/)
  expect((await cli(...SMALL, '--clean', '--quiet')).stdout).toBe(stdout)
  expect((await cli(...SMALL, '--clean', '--seed', '2')).stdout).not.toBe(stdout)
})

test('files get what stdout would have got, and the ground truth', async () => {
  const [out, labels] = [join(folder, 'f.csv'), join(folder, 'l.json')]
  const options = ['--format', 'csv', '--metrics', 'aws:num-messages-sent, aws:num-disconnects']
  const incidents = ['--days', '16', '--training-days', '2', '--things', '12']
  const argv = ['generate', ...options, ...incidents, '--start', '2026-03-01', '--cadence', '15m']
  const { code, stdout } = await cli(...argv, '--out', out, '--labels', labels)
  expect([code, stdout]).toEqual([0, ''])
  const [header, first] = readFileSync(out, 'utf8').split('\n')
  expect(header).toBe('thing,metric,timestamp,value')
  expect(first).toMatch(/^[^,]+,aws:num-(messages-sent|disconnects),17\d{11},\d+$/)
  expect((await cli(...argv)).stdout).toBe(readFileSync(out, 'utf8'))
  const truth = JSON.parse(readFileSync(labels, 'utf8')) as { labels: unknown[]; cadenceMs: number }
  expect(truth.cadenceMs).toBe(900_000)
  expect(truth.labels.length).toBeGreaterThan(0)
})

test.each(FLEET_FORMATS)('--format %s is known, and gives bytes', async (format) => {
  const io = fakeIo()
  let bytes = 0
  io.stdout.write = async (data) => {
    bytes += data.length
  }
  expect(await run([...SMALL, '--format', format, '--quiet'], io)).toBe(0)
  expect(bytes).toBeGreaterThan(1_000)
})
