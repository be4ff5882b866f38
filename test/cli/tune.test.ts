import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ConfidenceLevel } from '../../src/domain/behavior.ts'
import type { Explanation } from '../../src/domain/violation.ts'
import { recordTransitions } from '../../src/store/record-alarms.ts'
import { openStore } from '../../src/store/store.ts'
import { insertEvents } from '../../src/store/violation-events.ts'
import { event } from '../respond/events.ts'
import { cli } from './fake-io.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-detect-tune-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

const BEHAVIOR = {
  name: 'bytes-out',
  metric: 'aws:all-bytes-out',
  criteria: { mlDetectionConfig: { confidenceLevel: 'MEDIUM' } },
}

/** Alarms that people have looked at: five true ones that HIGH would show too, eight false ones it would not. */
function service() {
  const store = openStore(folder)
  const { database } = store
  database
    .prepare(
      "INSERT INTO security_profiles VALUES ('sensors', 1, NULL, ?, '{}', '[]', '[]', NULL, 0, 0)",
    )
    .run(JSON.stringify([BEHAVIOR]))
  const put = (id: string, reached: ConfidenceLevel[], verification: string): void => {
    const alarm = event(id, 'in-alarm', {
      violationId: id,
      securityProfileName: 'sensors',
      behavior: BEHAVIOR,
      violationEventAdditionalInfo: { confidenceLevel: 'MEDIUM' },
      explanation: { anomalousAt: reached } as unknown as Explanation,
    })
    recordTransitions(database, insertEvents(database, [alarm]))
    database.prepare('UPDATE violations SET verification = ? WHERE id = ?').run(verification, id)
  }
  for (let i = 0; i < 5; i++) put(`t${i}`, ['LOW', 'MEDIUM', 'HIGH'], 'TRUE_POSITIVE')
  for (let i = 0; i < 8; i++) put(`f${i}`, ['LOW', 'MEDIUM'], 'FALSE_POSITIVE')
  for (let i = 0; i < 30; i++) put(`u${i}`, ['LOW', 'MEDIUM'], 'UNKNOWN')
  return store
}

test('a table per behavior, with a proposal, beside a service that runs', async () => {
  const store = service()
  const { code, stdout, stderr } = await cli('tune', '--data', folder)
  store.close()
  expect(
    stdout,
  ).toBe(`sensors / bytes-out: HIGH would have dropped 8 of 8 unwanted alarms and lost no true one
  level       true   false  benign  not verified
  MEDIUM *  5 of 5  8 of 8  0 of 0      30 of 30
  HIGH >    5 of 5  0 of 8  0 of 0       0 of 30
`)
  expect(stderr).toContain('1 behavior, 1 proposal')
  expect(code).toBe(0)
})

test('for programs: JSON, and an exit code of its own when a change is proposed', async () => {
  service().close()
  const { code, stdout } = await cli('tune', '--data', folder, '--json', '--exit-code')
  expect(JSON.parse(stdout)).toMatchObject({
    behaviors: [
      {
        securityProfileName: 'sensors',
        behaviorName: 'bytes-out',
        confidenceLevel: 'MEDIUM',
        alarms: { true: 5, false: 8, benign: 0, unverified: 30 },
        kept: { HIGH: { true: 5, false: 0, benign: 0, unverified: 0 } },
        proposedConfidenceLevel: 'HIGH',
      },
    ],
  })
  expect(code).toBe(3)
  const careful = await cli('tune', '--data', folder, '--min-verified', '20', '--exit-code')
  expect(careful.stdout).toContain('13 verified alarms are too few to tell: 20 are needed')
  expect(careful.code).toBe(0)
})

test('other profiles and older alarms can be left out', async () => {
  service().close()
  const other = await cli('tune', '--data', folder, '--security-profile', 'other')
  expect(other).toMatchObject({ code: 0, stdout: '' })
  const young = await cli('tune', '--data', folder, '--days', '7')
  expect(young.stderr).toContain('0 behaviors, 0 proposals')
})

test('what is wrong is said', async () => {
  const missing = await cli('tune', '--data', join(folder, 'no'))
  expect(missing.code).toBe(1)
  expect(missing.stderr).toContain('is no data directory of serve')
  expect((await cli('tune')).code).toBe(2)
  expect((await cli('tune', '--data', folder, '--keep', '2')).stderr).toContain(
    '--keep 2 should be a share of 1 at most',
  )
  expect((await cli('tune', '--data', folder, 'x')).code).toBe(2)
})
