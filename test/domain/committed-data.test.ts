import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { describeProfile } from '../../src/domain/describe-profile.ts'
import { metricsOf } from '../../src/domain/metric-table.ts'
import { parseSecurityProfiles } from '../../src/domain/security-profile.ts'

const folder = new URL('../../data/asd/', import.meta.url)

function read(name: string): Buffer {
  return readFileSync(new URL(name, folder))
}

it('stays under 3 MB', () => {
  const sizes = readdirSync(folder).map((name) => statSync(new URL(name, folder)).size)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(3_000_000)
})

it('is the cut its description promises, in order of time, thing and metric', () => {
  const text = gunzipSync(read('datapoints.csv.gz'))
  const digest = createHash('sha256').update(text).digest('hex')
  expect(read('README.md').toString()).toContain(digest)
  const lines = text.toString('latin1').trimEnd().split('\n')
  expect(lines.shift()).toBe('thing,metric,timestamp,value')
  expect(lines).toHaveLength(12 * 6 * 38 * 288)
  let before = ''
  let disordered = 0
  for (const line of lines) {
    const [thing, metric, timestamp] = line.split(',') as [string, string, string]
    const key = `${timestamp},${thing},${metric}`
    if (key <= before) disordered++
    before = key
  }
  expect(disordered).toBe(0)
})

it('has a security profile without problems, on the metrics of the data', () => {
  const parsed = parseSecurityProfiles(read('security-profile.json').toString(), 'data')
  expect(parsed.problems).toEqual([])
  const custom = metricsOf(parsed.profiles).slice(13)
  expect(custom.map((metric) => metric.name)).toEqual(['m01', 'm04', 'm06', 'm08', 'm17', 'm19'])
  expect(describeProfile(parsed.profiles[0]!)).toContain(
    [
      '  behavior m19-learned (m19): learned, MEDIUM confidence, alarm after 1 datapoint, clears after 3',
      '  behavior m19-never-idle (m19): normal is more than 0.05, alarm after 3 datapoints, clears after 3',
    ].join('\n'),
  )
})
