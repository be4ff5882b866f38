import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Database, Statement } from '../../src/store/database.ts'
import { listActiveViolations } from '../../src/store/active-violations.ts'
import { listEvents } from '../../src/store/listed-events.ts'
import { countProfilesOf, listProfilesOf, listTargets } from '../../src/store/profile-targets.ts'
import { addMember, groupsOf, listMembers } from '../../src/store/group-members.ts'
import { openMemoryStore, type Store } from '../../src/store/store.ts'
import { earlierTargetOf } from '../../src/store/alert-targets.ts'
import { openExecutions } from '../../src/store/mitigation-executions.ts'
import { listTasks, runningTasks } from '../../src/store/mitigation-tasks.ts'
import { contentOf } from '../../src/store/notification-content.ts'
import { recentNotifications, waitingBefore } from '../../src/store/outbox.ts'
import {
  dueNotifications,
  markDelivered,
  markFailed,
  nextDue,
  sealFloods,
} from '../../src/store/outbox-deliveries.ts'
import { standingAlarms } from '../../src/store/standing-alarms.ts'
import { tagsOf } from '../../src/store/tags.ts'
import { ancestorsOf, findGroup, hasChildren, listGroups } from '../../src/store/thing-groups.ts'
import { findThing, listThings, listThingsByAttribute } from '../../src/store/things.ts'
import { group, register } from './registry.ts'

let store: Store
beforeEach(() => {
  store = openMemoryStore()
})
afterEach(() => store.close())

/** What a database is asked while `work` runs. */
function asked(work: (database: Database) => void): string[] {
  const texts = new Set<string>()
  const { database } = store
  work({
    exec: (sql) => database.exec(sql),
    transaction: (inner) => database.transaction(inner),
    pragma: (text) => database.pragma(text),
    close: () => database.close(),
    prepare<Row>(sql: string): Statement<Row> {
      texts.add(sql)
      return database.prepare<Row>(sql)
    },
  })
  return [...texts]
}

/** Steps by which SQLite answers, as it explains them. */
function planOf(sql: string): string[] {
  const nulls = Array.from({ length: sql.split('?').length - 1 }, () => null)
  return store.database
    .prepare<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
    .all(...nulls)
    .map(({ detail }) => detail)
}

const ANY = {
  thing: null,
  profile: null,
  criteriaType: null,
  suppressed: null,
  verification: null,
}
const PAGE = { after: '', limit: 100 }
const QUERIES: Record<string, (database: Database) => unknown> = {
  'a thing by name': (db) => findThing(db, 't'),
  things: (db) => listThings(db, { typeName: null, ...PAGE }),
  'things of a type': (db) => listThings(db, { typeName: 'x', ...PAGE }),
  'things by attribute': (db) =>
    listThingsByAttribute(db, {
      name: 'a',
      value: 'v',
      prefix: true,
      typeName: null,
      after: null,
      limit: 100,
    }),
  'a group by name': (db) => [findGroup(db, 'g'), hasChildren(db, 'g'), ancestorsOf(db, 'g')],
  groups: (db) => listGroups(db, { where: 'all', prefix: '', ...PAGE }),
  'groups at the top': (db) => listGroups(db, { where: 'top', prefix: '', ...PAGE }),
  'groups below': (db) =>
    listGroups(db, { where: { below: 'g', recursive: false }, prefix: '', ...PAGE }),
  members: (db) => listMembers(db, { group: 'g', recursive: true, ...PAGE }),
  'groups of a thing': (db) => groupsOf(db, 't'),
  joining: (db) => addMember(db, 'g', 't', 0),
  tags: (db) => tagsOf(db, { kind: 'thinggroup', name: 'g' }),
  'what a notification waits for': (db) => waitingBefore(db, 'c', [1]),
  'what is due': (db) => [dueNotifications(db, 'c', 0, 10, [1]), nextDue(db, 'c', 0)],
  'floods of late': (db) =>
    recentNotifications(
      db,
      { channel: 'c', target: '', profile: 'p', behavior: 'b', type: 'in-alarm' },
      0,
    ),
  'what a notification says': (db) => contentOf(db, 1, 10),
  'an attempt': (db) => [sealFloods(db, [1]), markFailed(db, 1, 0, ''), markDelivered(db, 1, 0)],
  'where a channel was told before': (db) => earlierTargetOf(db, 'c', 'v'),
  'standing alarms': (db) => standingAlarms(db, { started: 0, id: '' }, 10),
  'active violations': (db) =>
    [{}, { thing: 't' }, { profile: 'p' }, { suppressed: true, criteriaType: 'STATIC' }].map(
      (filter) => listActiveViolations(db, { ...ANY, ...filter }, [9, ''], 10),
    ),
  events: (db) =>
    [{}, { thing: 't' }, { profile: 'p' }, { thing: 't', profile: 'p', suppressed: true }].map(
      (filter) => listEvents(db, { ...ANY, ...filter }, 0, [9, 9], 10),
    ),
  'active violations that were verified': (db) =>
    listActiveViolations(db, { ...ANY, verification: 'TRUE_POSITIVE' }, [9, ''], 10),
  'what profiles are attached to': (db) => [
    listTargets(db, 'p', '', 10),
    listProfilesOf(db, 'all/things', { target: '', profile: '' }, 10),
    countProfilesOf(db, 'all/things'),
  ],
  'mitigation tasks': (db) => [runningTasks(db, 5), listTasks(db, 0, 9, null, 10)],
  'what a task has to do': (db) => openExecutions(db, 't', 10),
}

test('things that share an attribute are paged by index', () => {
  const [sql] = asked((database) => void QUERIES['things by attribute']!(database))
  const seek = '(key=? AND (value,thing_name)>(?,?) AND value<?)'
  expect(planOf(sql!)[0]).toBe(`SEARCH a USING COVERING INDEX thing_attributes_by_value ${seek}`)
})

test('events of verified violations are found by the few violations there are', () => {
  const filter = { ...ANY, verification: 'TRUE_POSITIVE' } as const
  const [sql] = asked((database) => void listEvents(database, filter, 0, [9, 9], 10))
  const [, first, second] = planOf(sql!)
  expect(first).toBe('SEARCH w USING COVERING INDEX violations_verified (verification=?)')
  expect(second).toMatch(/^SEARCH e USING INDEX \w+violation_events_1 \(violation_id=\?\)$/)
})

test.each(Object.entries(QUERIES))(
  '%s: no table is walked through, no page is sorted',
  (_, ask) => {
    register(store, 't')
    group(store, 'g')
    const texts = asked((database) => void ask(database))
    expect(texts.length).toBeGreaterThan(0)
    const reading = texts.filter((sql) => !sql.startsWith('INSERT'))
    for (const sql of reading) {
      for (const step of planOf(sql)) {
        expect(step, sql).not.toMatch(
          /^SCAN (things|thing_groups|group_members|tags|violations|violation_events|outbox\w*|mitigation_\w+|[tgmenoxvc])\b(?! USING INDEX \w+_running)/,
        )
        if (!sql.includes('ancestry')) expect(step, sql).not.toContain('TEMP B-TREE')
      }
    }
  },
)
