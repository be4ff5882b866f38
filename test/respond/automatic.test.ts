import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Explanation, ViolationEvent } from '../../src/domain/violation.ts'
import { respond } from '../../src/respond/respond.ts'
import { TaskRunner } from '../../src/respond/task-runner.ts'
import { groupsOf } from '../../src/store/group-members.ts'
import { insertRule, type MitigationRule } from '../../src/store/mitigation-rules.ts'
import { listTasks } from '../../src/store/mitigation-tasks.ts'
import { openMemoryStore, type Store } from '../../src/store/store.ts'
import { event } from './events.ts'
import { addAction, addGroups, addThings, store as put } from './fleet-store.ts'

const HOUR = 3_600_000
let store: Store
let ids = 0
beforeEach(() => {
  store = openMemoryStore()
  addGroups(store.database, 'jail')
  addAction(store.database, 'quarantine', ['jail'])
})
afterEach(() => store.close())

function rule(more: Partial<MitigationRule> = {}): void {
  insertRule(store.database, {
    id: 'r',
    profile: 'MySecProfile',
    behavior: null,
    confidence: null,
    action: 'quarantine',
    mostPerHour: 100,
    created: 0,
    ...more,
  })
}

function happen(now: number, ...events: ViolationEvent[]) {
  return store.database.transaction(() =>
    respond(store.database, put(store.database, ...events), now, {
      channels: [],
      floodWindowMs: 1,
      uuid: () => `task-${ids++}`,
    }),
  )
}

function targets(): string[] {
  return listTasks(store.database, 0, 1e15, null, 1_000).flatMap(({ target }) =>
    'violationIds' in target ? target.violationIds : [],
  )
}

function targetCounts(): number[] {
  const tasks = listTasks(store.database, 0, 1e15, null, 1_000)
  const counts = tasks.map(({ target }) =>
    'violationIds' in target ? target.violationIds.length : 0,
  )
  return counts.sort((a, b) => a - b)
}

function learned(anomalousAt: Explanation['anomalousAt']): Partial<ViolationEvent> {
  const explanation = { anomalousAt } as Explanation
  return { explanation, violationEventAdditionalInfo: { confidenceLevel: 'LOW' } }
}

describe('an automatic rule', () => {
  it('acts when an alarm begins, not when it ends', () => {
    rule()
    addThings(store.database, 'a')
    const ended = event('b', 'alarm-cleared', { violationId: 'before' })
    expect(happen(HOUR, event('a'), ended)).toEqual([])
    expect(targets()).toEqual([event('a').violationId])
    happen(HOUR, event('a', 'alarm-cleared'))
    expect(targets()).toHaveLength(1)

    const timers: (() => void)[] = []
    let moved = 0
    const runner = new TaskRunner(
      {
        database: store.database,
        now: () => HOUR,
        atOnce: 10,
        ended: () => {},
        moved: () => moved++,
        broken: (error) => {
          throw error
        },
      },
      (_ms, run) => {
        timers.push(run)
        return () => {}
      },
    )
    runner.wake()
    expect(groupsOf(store.database, 'a')).toEqual(['jail'])
    expect(moved).toBe(1)
    timers.at(-1)?.()
    expect(moved).toBe(1)
    runner.stop()
    const waiting = timers.length
    timers.at(-1)?.()
    expect(timers).toHaveLength(waiting)
  })

  it('looks at profile, behavior and confidence, and lets suppressed ones be', () => {
    rule({ behavior: 'MessagesPub', confidence: 'HIGH' })
    addThings(store.database, 'quiet', 'other', 'third', 'weak', 'static', 'sure')
    happen(
      HOUR,
      event('quiet', 'in-alarm', { ...learned(['LOW', 'MEDIUM', 'HIGH']), suppressed: true }),
      event('other', 'in-alarm', {
        ...learned(['LOW', 'MEDIUM', 'HIGH']),
        securityProfileName: 'x',
      }),
      event('third', 'in-alarm', {
        ...learned(['LOW', 'MEDIUM', 'HIGH']),
        behavior: { name: 'x' },
      }),
      event('weak', 'in-alarm', learned(['LOW', 'MEDIUM'])),
      event('static'),
      event('sure', 'in-alarm', learned(['LOW', 'MEDIUM', 'HIGH'])),
    )
    expect(targets()).toEqual([event('sure').violationId])
  })

  it('stops at its limit for an hour, and says what it did not do', () => {
    rule({ mostPerHour: 30 })
    addThings(store.database, ...Array.from({ length: 100 }, (_, i) => `t${i}`))
    const things = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => event(`t${from + i}`))
    expect(happen(HOUR, ...things(0, 28))).toEqual([])
    // A task names as many violations as a request may.
    expect(targetCounts()).toEqual([3, 25])
    expect(happen(HOUR + 1_000, ...things(28, 60))).toEqual([
      { rule: 'r', violations: 30, reason: 'it acts on at most 30 things within an hour' },
    ])
    expect(targets()).toHaveLength(30)
    expect(happen(2 * HOUR + 500, ...things(60, 100))).toMatchObject([{ violations: 12 }])
    // The same events again are no new ones.
    expect(happen(2 * HOUR + 500, ...things(60, 100))).toEqual([])
    expect(targets()).toHaveLength(58)
  })

  it('counts things, not alarms: one that it has acted on may alarm again', () => {
    rule({ mostPerHour: 2 })
    addThings(store.database, 'a', 'b', 'c')
    const broken = (thing: string, name: string) =>
      event(thing, 'in-alarm', { behavior: { name }, violationId: `${thing} ${name}` })
    expect(happen(HOUR, broken('a', 'x'), broken('a', 'y'), broken('b', 'x'))).toEqual([])
    expect(happen(HOUR + 1, broken('c', 'x'), broken('b', 'y'))).toMatchObject([{ violations: 1 }])
    expect(targets().sort()).toEqual(['a x', 'a y', 'b x', 'b y'])
  })

  it('leaves things alone that are not registered: their number does not stop it', () => {
    rule({ mostPerHour: 2 })
    addThings(store.database, 'a')
    const made = Array.from({ length: 5 }, (_, i) => event(`made-up-${i}`))
    const reason = 'things that are not registered can be in no group'
    expect(happen(HOUR, ...made, event('a'))).toEqual([{ rule: 'r', violations: 5, reason }])
    expect(targets()).toEqual([event('a').violationId])
  })

  it('whose action is gone says so', () => {
    rule()
    addThings(store.database, 'a')
    store.database.exec('DELETE FROM mitigation_actions')
    expect(happen(HOUR, event('a'))).toEqual([
      { rule: 'r', violations: 1, reason: 'Mitigation action quarantine does not exist' },
    ])
  })
})
