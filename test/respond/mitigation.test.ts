import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runTasks } from '../../src/respond/run-tasks.ts'
import { cancelTask, startTask, type TaskRequest } from '../../src/respond/start-task.ts'
import { groupsOf } from '../../src/store/group-members.ts'
import { listExecutions, taskStatistics } from '../../src/store/mitigation-executions.ts'
import { findTask, listTasks } from '../../src/store/mitigation-tasks.ts'
import { openMemoryStore, type Store } from '../../src/store/store.ts'
import { event, TIME } from './events.ts'
import { addAction, addGroups, addThings, store as put } from './fleet-store.ts'

let store: Store
beforeEach(() => {
  store = openMemoryStore()
})
afterEach(() => store.close())

const ANY = { taskId: null, violationId: null, thing: null, from: null, to: null }

function request(more: Partial<TaskRequest> = {}): TaskRequest {
  return {
    id: 'task',
    target: { securityProfileName: 'MySecProfile' },
    actions: ['quarantine'],
    occurrence: null,
    onlyActive: false,
    includeSuppressed: false,
    token: null,
    ...more,
  }
}

/** Runs until there is nothing to do. */
function run(atOnce = 100): void {
  while (runTasks(store.database, 9_000, { atOnce, ended: () => {} })) {}
}

function outcomes(taskId = 'task') {
  return listExecutions(store.database, { ...ANY, taskId }, null, 1_000).map(
    ({ thing, actionName, status, errorCode }) =>
      [thing, actionName, status, ...(errorCode === null ? [] : [errorCode])].join(' '),
  )
}

function quarantine(): void {
  addThings(store.database, 'a', 'b', 'c')
  addGroups(store.database, 'jail')
  addAction(store.database, 'quarantine', ['jail'])
}

describe('a mitigation task', () => {
  it('puts the things of all violations of a profile into the group', () => {
    quarantine()
    put(
      store.database,
      event('a'),
      event('b'),
      event('c', 'in-alarm', { securityProfileName: 'other' }),
    )
    expect(startTask(store.database, request(), 5_000)).toEqual({ kind: 'started' })
    expect(findTask(store.database, 'task')).toMatchObject({
      status: 'IN_PROGRESS',
      started: 5_000,
      ended: null,
      actions: [
        {
          name: 'quarantine',
          id: 'id of quarantine',
          roleArn: 'arn:aws:iam::1:role/r',
          actionParams: { addThingsToThingGroupParams: { thingGroupNames: ['jail'] } },
        },
      ],
    })
    expect(outcomes()).toEqual(['a quarantine IN_PROGRESS', 'b quarantine IN_PROGRESS'].sort())
    run()
    expect(outcomes().sort()).toEqual(['a quarantine SUCCESSFUL', 'b quarantine SUCCESSFUL'])
    expect(['a', 'b', 'c'].map((thing) => groupsOf(store.database, thing))).toEqual([
      ['jail'],
      ['jail'],
      [],
    ])
    expect(findTask(store.database, 'task')).toMatchObject({ status: 'SUCCESSFUL', ended: 9_000 })
    expect(taskStatistics(store.database, 'task')).toEqual({
      actionsExecuted: 2,
      actionsSkipped: 0,
      actionsFailed: 0,
    })
  })

  it('fails for a thing nobody registered, skips its later actions, and goes on with the others', () => {
    quarantine()
    addGroups(store.database, 'watched')
    addAction(store.database, 'watch', ['watched'])
    put(store.database, event('stranger'), event('a'))
    startTask(store.database, request({ actions: ['quarantine', 'watch'] }), 5_000)
    run()
    expect(outcomes().sort()).toEqual([
      'a quarantine SUCCESSFUL',
      'a watch SUCCESSFUL',
      'stranger quarantine FAILED ResourceNotFoundException',
      'stranger watch SKIPPED',
    ])
    expect(findTask(store.database, 'task')?.status).toBe('FAILED')
    expect(taskStatistics(store.database, 'task')).toEqual({
      actionsExecuted: 2,
      actionsSkipped: 1,
      actionsFailed: 1,
    })
  })

  it('succeeds for a thing that is in the group already, fails where it can join no more', () => {
    quarantine()
    const full = Array.from({ length: 10 }, (_, i) => `g${i}`)
    addGroups(store.database, ...full)
    const join = store.database.prepare('INSERT INTO group_members VALUES (?, ?, 0)')
    for (const group of full) join.run(group, 'b')
    join.run('jail', 'a')
    put(store.database, event('a'), event('b'))
    startTask(store.database, request(), 5_000)
    run()
    expect(outcomes().sort()).toEqual([
      'a quarantine SUCCESSFUL',
      'b quarantine FAILED LimitExceededException',
    ])
  })

  it.each<[string, Partial<TaskRequest>, string[]]>([
    ['all but suppressed ones', {}, ['active', 'over']],
    ['only active ones', { onlyActive: true }, ['active']],
    ['suppressed ones too', { includeSuppressed: true }, ['active', 'hidden', 'over']],
    ['those named', { target: { violationIds: ['v-over', 'v-hidden'] } }, ['over']],
    [
      'those of a behavior',
      { target: { securityProfileName: 'MySecProfile', behaviorName: 'x' } },
      [],
    ],
    [
      'those that began or ended within a time',
      { occurrence: { from: TIME + 1, to: TIME + 9 } },
      ['over'],
    ],
  ])('is about %s', (_what, more, things) => {
    quarantine()
    put(
      store.database,
      event('active', 'in-alarm', { violationId: 'v-active' }),
      event('over', 'in-alarm', { violationId: 'v-over' }),
      event('over', 'alarm-cleared', { violationId: 'v-over', violationEventTime: TIME + 5 }),
      event('hidden', 'in-alarm', { violationId: 'v-hidden', suppressed: true }),
    )
    expect(startTask(store.database, request(more), 5_000)).toEqual({ kind: 'started' })
    expect(
      outcomes()
        .map((line) => line.slice(0, line.indexOf(' ')))
        .sort(),
    ).toEqual(things)
  })

  it('that has nothing to do succeeds', () => {
    quarantine()
    put(store.database, event('a'))
    startTask(store.database, request({ onlyActive: true, occurrence: { from: 0, to: 1 } }), 5_000)
    run()
    expect(findTask(store.database, 'task')?.status).toBe('SUCCESSFUL')
  })

  it('is refused with its reason', () => {
    quarantine()
    addAction(store.database, 'disable', [], 'UPDATE_DEVICE_CERTIFICATE')
    put(store.database, event('a'))
    const start = (more: Partial<TaskRequest>) => startTask(store.database, request(more), 5_000)
    expect(start({ actions: ['nothing'] })).toEqual({
      kind: 'invalid',
      message: 'Mitigation action nothing does not exist',
    })
    expect(start({ actions: ['disable'] })).toEqual({
      kind: 'invalid',
      message:
        'Mitigation action disable is UPDATE_DEVICE_CERTIFICATE; Detect can run ADD_THINGS_TO_THING_GROUP',
    })
    expect(start({ target: { violationIds: ['x'] } })).toEqual({
      kind: 'invalid',
      message: 'Violation x does not exist',
    })
    expect(start({ target: { securityProfileName: 'x' } })).toMatchObject({ kind: 'invalid' })
    expect(start({ token: 't' })).toEqual({ kind: 'started' })
    expect(start({ token: 't' })).toEqual({ kind: 'started' })
    expect(start({ token: 'u' })).toEqual({ kind: 'task-exists' })
    for (let i = 1; i < 5; i++) expect(start({ id: `task${i}` }).kind).toBe('started')
    expect(start({ id: 'sixth' })).toEqual({ kind: 'too-many-running' })
    run()
    expect(start({ id: 'sixth' })).toEqual({ kind: 'started' })
    expect(listTasks(store.database, 0, 9_000, null, 10)).toHaveLength(6)
  })

  it('that is canceled does no more, and what it did stays', () => {
    quarantine()
    put(store.database, event('a'), event('b'), event('c'))
    startTask(store.database, request(), 5_000)
    runTasks(store.database, 6_000, { atOnce: 1, ended: () => {} })
    expect(cancelTask(store.database, 'task', 7_000)).toBe('canceled')
    run()
    expect(taskStatistics(store.database, 'task')).toEqual({
      actionsExecuted: 1,
      actionsSkipped: 2,
      actionsFailed: 0,
    })
    expect(findTask(store.database, 'task')).toMatchObject({ status: 'CANCELED', ended: 7_000 })
    expect(cancelTask(store.database, 'task', 8_000)).toBe('over')
    expect(cancelTask(store.database, 'other', 8_000)).toBe('unknown')
  })

  it('ends the same however it is cut into parts, and whatever part of it is lost in a crash', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(9), { minLength: 1, maxLength: 12 }),
        fc.array(fc.record({ atOnce: fc.integer({ min: 1, max: 7 }), dies: fc.boolean() }), {
          maxLength: 20,
        }),
        (things, parts) => {
          const own = openMemoryStore()
          // Even things are registered; the second action fails for all, its group is not there.
          addThings(own.database, ...[0, 2, 4, 6, 8].map((n) => `t${n}`))
          addGroups(own.database, 'jail', 'last')
          addAction(own.database, 'one', ['jail'])
          addAction(own.database, 'two', ['nowhere'])
          addAction(own.database, 'three', ['last'])
          put(
            own.database,
            ...things.map((n, i) => event(`t${n}`, 'in-alarm', { violationId: `v${i}` })),
          )
          startTask(own.database, request({ actions: ['one', 'two', 'three'] }), 5_000)
          for (const { atOnce, dies } of parts) {
            try {
              runTasks(own.database, 6_000, {
                atOnce,
                ended: () => {
                  if (dies) throw new Error('killed')
                },
              })
            } catch {}
          }
          while (runTasks(own.database, 7_000, { atOnce: 3, ended: () => {} })) {}
          const results = listExecutions(own.database, ANY, null, 1_000)
          expect(results).toHaveLength(3 * things.length)
          for (const { violationId, actionName, status } of results) {
            const registered = things[Number(violationId.slice(1))]! % 2 === 0
            const wanted = registered
              ? { one: 'SUCCESSFUL', two: 'FAILED', three: 'SKIPPED' }
              : { one: 'FAILED', two: 'SKIPPED', three: 'SKIPPED' }
            expect(status).toBe(wanted[actionName as keyof typeof wanted])
          }
          const members = own.database
            .prepare<{ thing: string }>('SELECT thing_name AS thing FROM group_members')
            .all()
          const registered = [...new Set(things.filter((n) => n % 2 === 0))].map((n) => ({
            thing: `t${n}`,
          }))
          expect(members.map(({ thing }) => thing).sort()).toEqual(
            registered.map(({ thing }) => thing).sort(),
          )
          own.close()
        },
      ),
      { numRuns: 100 },
    )
  })
})

it('executions are found by task, violation, thing and time, page by page', () => {
  quarantine()
  put(store.database, event('a'), event('b'), event('c'))
  startTask(store.database, request(), 5_000)
  startTask(store.database, request({ id: 'later' }), 6_000)
  const find = (filter: object) => listExecutions(store.database, { ...ANY, ...filter }, null, 100)
  expect(find({})).toHaveLength(6)
  expect(find({ taskId: 'later' })).toHaveLength(3)
  expect(find({ thing: 'a' })).toHaveLength(2)
  expect(find({ violationId: event('a').violationId, from: 5_500 })).toHaveLength(1)
  expect(find({ to: 5_500 })).toHaveLength(3)
  const paged = []
  for (let page = listExecutions(store.database, ANY, null, 4); page.length > 0; ) {
    paged.push(...page)
    page = listExecutions(store.database, ANY, page.at(-1) ?? null, 4)
  }
  expect(paged).toEqual(find({}))
})
