import { type Attachment, type Targets, targetsOf } from '../domain/targets.ts'
import type { Database } from './database.ts'
import { SUBTREE } from './thing-groups.ts'

/**
 * Which things each profile watches by what it is attached to: `all/...`, and groups with all groups
 * below them. A picture of the moment: look at `configurationVersion` to know when it is out of date.
 */
export function storedTargets(database: Database): Targets {
  const attachments = new Map<string, Attachment>()
  // Profiles that share a group share the set of its things.
  const groups = new Map<string, ReadonlySet<string>>()
  const rows = database
    .prepare<{ profile: string; target: string }>('SELECT profile, target FROM profile_targets')
    .all()
  for (const { profile, target } of rows) {
    const attachment = attachments.get(profile) ?? {
      registered: false,
      unregistered: false,
      groups: [],
    }
    attachments.set(profile, attachment)
    const group = target.startsWith('thinggroup/') ? target.slice('thinggroup/'.length) : null
    if (group === null) {
      attachment.registered ||= target !== 'all/unregistered-things'
      attachment.unregistered ||= target !== 'all/registered-things'
      continue
    }
    const things = groups.get(group) ?? thingsBelow(database, group)
    groups.set(group, things)
    attachment.groups.push(things)
  }
  return targetsOf(attachments, registeredIfAsked(database, attachments))
}

/** Only profiles that tell registered things from others need to know them all. */
function registeredIfAsked(
  database: Database,
  attachments: ReadonlyMap<string, Attachment>,
): ReadonlySet<string> {
  const asked = [...attachments.values()].some((a) => a.registered !== a.unregistered)
  return asked ? namesOf(database, 'SELECT name FROM things') : new Set()
}

function thingsBelow(database: Database, group: string): ReadonlySet<string> {
  return namesOf(
    database,
    `WITH RECURSIVE ${SUBTREE}
     SELECT m.thing_name AS name FROM subtree AS s JOIN group_members AS m ON m.group_name = s.name`,
    group,
  )
}

function namesOf(database: Database, sql: string, ...values: string[]): ReadonlySet<string> {
  const names = new Set<string>()
  for (const { name } of database.prepare<{ name: string }>(sql).iterate(...values)) names.add(name)
  return names
}
