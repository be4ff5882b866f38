import { createHash } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ViolationEvent, ViolationEventType } from '../../src/domain/violation.ts'
import { openAnswer } from '../../src/service/batch-answer.ts'
import { Batches } from '../../src/service/batches.ts'
import { Effects } from '../../src/service/effects.ts'
import type { Database } from '../../src/store/database.ts'
import { readMeta } from '../../src/store/meta.ts'
import { openMemoryStore, type Store } from '../../src/store/store.ts'
import type { StoredEvent } from '../../src/store/violation-events.ts'

const UNTIL = 1_700_000_000_000
let store: Store
let batches: Batches
let told: StoredEvent[]

beforeEach(() => {
  store = openMemoryStore()
  batches = new Batches(store.database, {})
  told = []
})
afterEach(() => store.close())

/** As after a start of the process. */
function effects(): Effects {
  const responder = {
    respond: (_database: unknown, events: readonly StoredEvent[]) => void told.push(...events),
    committed: () => {},
  }
  return new Effects(store.database, batches, responder, { now: () => UNTIL })
}

function event(thing: number, type: ViolationEventType, violation: number): ViolationEvent {
  return {
    violationEventTime: UNTIL - 1_000 + violation,
    thingName: `lamp-${thing}`,
    behavior: { name: 'quiet', metric: 'aws:num-messages-sent', criteria: {} },
    violationEventType: type,
    metricValue: { count: thing },
    violationId: createHash('md5').update(`${thing}/${violation}`).digest('hex'),
    securityProfileName: 'p',
    violationEventAdditionalInfo: null,
    verificationState: 'UNKNOWN',
    suppressed: false,
    explanation: null,
  }
}

/** Each thing's alarm ends, begins again and ends. */
const STEPS: [ViolationEventType, number][] = [
  ['in-alarm', 0],
  ['alarm-cleared', 0],
  ['in-alarm', 1],
]
const FLOOD = STEPS.flatMap(([type, violation]) =>
  Array.from({ length: 1_500 }, (_, thing) => event(thing, type, violation)),
)

const evaluated = (events: readonly ViolationEvent[]) => ({
  stretch: { panes: [], digested: null, rows: 0, until: UNTIL, endsDay: null },
  events: [...events],
  continuations: new Map(),
})
const count = (): number =>
  store.database.prepare<{ n: number }>('SELECT count(*) AS n FROM violation_events').get()!.n
const saidOf = ({ violationId, violationEventType }: ViolationEvent): string =>
  `${violationId} ${violationEventType}`

test('a flood goes in parts, with turns of others between them; the position comes last', async () => {
  const storing = effects().evaluated(evaluated(FLOOD), 0)
  const first = count()
  expect(first).toBeGreaterThan(0)
  expect(first).toBeLessThan(FLOOD.length / 2)
  expect(told).toHaveLength(first)
  expect(readMeta(store.database, 'evaluated')).toBeNull()
  await storing
  expect(count()).toBe(FLOOD.length)
  expect(readMeta(store.database, 'evaluated')).toContain(String(UNTIL))
})

test('what a crash cut off is stored and told when the log is read again, each event once', async () => {
  let turns = 0
  const { database } = store
  const broken: Database = {
    exec: (sql) => database.exec(sql),
    prepare: (sql) => database.prepare(sql),
    pragma: (text) => database.pragma(text),
    close: () => database.close(),
    transaction<T>(work: () => T): T {
      if (turns++ === 2) throw new Error('the power went off')
      return database.transaction(work)
    },
  }
  const responder = {
    respond: (_database: unknown, events: readonly StoredEvent[]) => void told.push(...events),
    committed: () => {},
  }
  const dying = new Effects(broken, batches, responder, { now: () => UNTIL })
  await expect(dying.evaluated(evaluated(FLOOD), 0)).rejects.toThrow('the power went off')
  expect(count()).toBeLessThan(FLOOD.length)
  await effects().evaluated(evaluated(FLOOD), 0)
  expect(told.map((stored) => saidOf(stored.event)).sort()).toEqual(FLOOD.map(saidOf).sort())
  // Read once more, nothing is new.
  await effects().evaluated(evaluated(FLOOD), 0)
  expect(told).toHaveLength(FLOOD.length)
})

test('events of a thing and behavior are stored in their order, and make its violations', async () => {
  await effects().evaluated(evaluated(FLOOD), 0)
  const rows = store.database
    .prepare<{ types: string }>(
      `SELECT group_concat(type, ' ') AS types
       FROM (SELECT thing, type FROM violation_events ORDER BY id) GROUP BY thing`,
    )
    .all()
  expect(rows).toHaveLength(1_500)
  expect(new Set(rows.map(({ types }) => types))).toEqual(
    new Set(['in-alarm alarm-cleared in-alarm']),
  )
  const violations = store.database
    .prepare('SELECT metric, end_type, ended, count(*) AS n FROM violations GROUP BY 1, 2, 3')
    .all()
  expect(violations).toEqual([
    { metric: 'aws:num-messages-sent', end_type: null, ended: null, n: 1_500 },
    { metric: 'aws:num-messages-sent', end_type: 'alarm-cleared', ended: UNTIL - 1_000, n: 1_500 },
  ])
})

test('answers are kept of batches whose records are on the disk, no others', async () => {
  batches.finish('early', 5, 'd', UNTIL)
  batches.finish('late', 6, 'd', UNTIL)
  await effects().evaluated(evaluated([]), 5)
  const kept = store.database.prepare('SELECT key FROM ingest_batches').all()
  expect(kept).toEqual([{ key: 'early' }])
  expect(batches.finishedOf('late')).toMatchObject({ answer: openAnswer().answer, digest: 'd' })
  effects().settle(6)
  expect(store.database.prepare('SELECT key FROM ingest_batches').all()).toHaveLength(2)
})
