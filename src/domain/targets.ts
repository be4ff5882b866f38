import { memberPath, type Problem, Problems, show } from './problem.ts'
import {
  ALL_TARGET_NAMES,
  attachmentPath,
  parseThingsFile,
  type ThingsFile,
} from './things-file.ts'

/** Which things each security profile watches; fixed for a run. */
export interface Targets {
  watches(profile: string, thing: string): boolean
  /** True when the profile watches every thing there is, so that nobody need ask thing by thing. */
  everything(profile: string): boolean
}

/** Without a things file every profile watches `all/things`. */
export const ALL_THINGS: Targets = { watches: () => true, everything: () => true }

/** What one profile is attached to. */
export interface Attachment {
  /** Every registered thing. */
  registered: boolean
  /** Every thing that is not registered. */
  unregistered: boolean
  /** The things of each group it is attached to. */
  groups: ReadonlySet<string>[]
}

/**
 * Reads a things file: groups of things, and the targets each profile is attached to. A thing named in
 * any group is registered; a group's targets are its own things and those of the groups below it.
 * `profiles` are the names of the run's security profiles.
 */
export function parseTargets(
  text: string,
  place: string,
  profiles: readonly string[],
): { targets: Targets; problems: Problem[] } {
  const problems = new Problems(place)
  const file = parseThingsFile(text, problems)
  checkParents(file, problems)
  const attachments = resolve(file, problems)
  for (const profile of attachments.keys()) {
    if (profiles.includes(profile)) continue
    problems.warn(attachmentPath(profile), `there is no security profile ${show(profile)}`)
  }
  for (const profile of profiles) {
    if (attachments.has(profile)) continue
    problems.warn('attachments', `security profile ${show(profile)} is attached to nothing`)
  }
  const registered = new Set([...file.groups.values()].flat())
  return { targets: targetsOf(attachments, registered), problems: problems.list }
}

/** `registered` may be empty when no profile watches the registered things without the others, or the reverse. */
export function targetsOf(
  attachments: ReadonlyMap<string, Attachment>,
  registered: ReadonlySet<string>,
): Targets {
  return {
    watches(profile, thing) {
      const attachment = attachments.get(profile)
      if (attachment === undefined) return false
      const all = registered.has(thing) ? attachment.registered : attachment.unregistered
      return all || attachment.groups.some((things) => things.has(thing))
    },
    everything(profile) {
      const attachment = attachments.get(profile)
      return attachment !== undefined && attachment.registered && attachment.unregistered
    },
  }
}

function checkParents({ groups, parents }: ThingsFile, problems: Problems): void {
  for (const [group, parent] of parents) {
    for (const name of [group, parent]) {
      if (groups.has(name)) continue
      problems.error(memberPath('parents', group), `${show(name)} should be a group of this file`)
    }
  }
}

function resolve(file: ThingsFile, problems: Problems): Map<string, Attachment> {
  const attachments = new Map<string, Attachment>()
  for (const [profile, targets] of file.attachments) {
    const attachment: Attachment = { registered: false, unregistered: false, groups: [] }
    attachments.set(profile, attachment)
    for (const { kind, name, text, path } of targets) {
      if (kind === 'all') {
        attachment.registered ||= name !== 'unregistered-things'
        attachment.unregistered ||= name !== 'registered-things'
      } else if (file.groups.has(name)) {
        attachment.groups.push(thingsBelow(name, file))
      } else {
        const known = ALL_TARGET_NAMES.join(', ')
        const message = `target ${show(text)} should be a group of this file or one of ${known}`
        problems.error(path, message)
      }
    }
  }
  return attachments
}

/** The things of a group and of all groups below it. */
function thingsBelow(group: string, { groups, parents }: ThingsFile): ReadonlySet<string> {
  const things = new Set<string>()
  const below = [group]
  for (const at of below) {
    for (const thing of groups.get(at) ?? []) things.add(thing)
    for (const [child, parent] of parents) if (parent === at) below.push(child)
  }
  return things
}
