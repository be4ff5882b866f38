import { arnOf, type Resource } from '../../domain/arn.ts'
import { memberPath, type Problems, show } from '../../domain/problem.ts'
import type { ImportRun } from './import-run.ts'
import { THING_GROUP } from './registry-kinds.ts'

/** The groups of a things file, with the things in them: what is not there yet is made. */
export function bringGroups(
  run: ImportRun,
  groups: ReadonlyMap<string, readonly string[]>,
  parents: ReadonlyMap<string, string>,
  problems: Problems,
): void {
  for (const name of groups.keys()) bringGroup(run, name, parents, problems)
  for (const [group, things] of groups) {
    for (const [i, thing] of things.entries()) {
      bringMember(run, group, thing, `${memberPath('groups', group)}[${i}]`, problems)
    }
  }
}

function bringGroup(
  run: ImportRun,
  name: string,
  parents: ReadonlyMap<string, string>,
  problems: Problems,
): void {
  const kind = THING_GROUP
  const parent = parents.get(name)
  const before = run.stored(kind, name)
  if (before !== null) {
    const { parentGroupName } = kind.wanted(before)
    if (parent === undefined || parent === parentGroupName) return
    const message = `parent of thing group ${name} cannot change from ${show(parentGroupName)}`
    problems.error(memberPath('parents', name), `${message} to ${show(parent)}`)
    return
  }
  if (parent !== undefined) bringGroup(run, parent, parents, problems)
  const input = { thingGroupName: name, parentGroupName: parent }
  const path = memberPath('groups', name)
  if (run.perform('CreateThingGroup', input, path, problems)) run.count(kind.noun, 'created')
  else run.fail(`thinggroup/${name}`)
}

function bringMember(
  run: ImportRun,
  group: string,
  thing: string,
  path: string,
  problems: Problems,
): void {
  if (run.hasFailed(`thinggroup/${group}`, `thing/${thing}`)) return
  const { database } = run.context
  const known = database.prepare('SELECT 1 FROM things WHERE name = ?').get(thing) !== undefined
  if (!known) {
    if (!run.perform('CreateThing', { thingName: thing }, path, problems)) {
      run.fail(`thing/${thing}`)
      return
    }
    run.count('thing', 'created')
  }
  const is = database.prepare('SELECT 1 FROM group_members WHERE group_name = ? AND thing_name = ?')
  if (is.get(group, thing) !== undefined) run.count('membership', 'unchanged')
  else {
    const input = { thingGroupName: group, thingName: thing }
    if (run.perform('AddThingToThingGroup', input, path, problems))
      run.count('membership', 'created')
  }
}

export function attach(
  run: ImportRun,
  profile: string,
  target: Resource,
  path: string,
  problems: Problems,
): void {
  const { database, identity } = run.context
  const { kind, name } = target
  if (run.hasFailed(`securityprofile/${profile}`, `${kind}/${name}`)) return
  const count = database.prepare<{ n: number }>('SELECT count(*) AS n FROM profile_targets')
  const before = count.get()!.n
  const input = {
    securityProfileName: profile,
    securityProfileTargetArn: arnOf(identity, { kind, name }),
  }
  if (!run.perform('AttachSecurityProfile', input, path, problems)) return
  const isNew = count.get()!.n > before
  run.count('attachment', isNew ? 'created' : 'unchanged')
}
