import { parseArn } from './arn.ts'
import { readJsonDocuments } from './json-documents.ts'
import { hasControlCharacters, nameFault } from './names.ts'
import {
  isObject,
  type JsonObject,
  memberPath,
  type Problem,
  Problems,
  show,
  warnOfUnknownMembers,
} from './problem.ts'
import { MAX_THING_NAME_BYTES } from './reject.ts'

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

const GROUP = 'thinggroup/'

/**
 * Reads a things file: groups of things, and the targets each profile is attached to. A thing named in
 * any group is registered. `profiles` are the names of the run's security profiles.
 */
export function parseTargets(
  text: string,
  place: string,
  profiles: readonly string[],
): { targets: Targets; problems: Problem[] } {
  const problems = new Problems(place)
  const source = readSource(text, problems)
  const groups = readGroups(source.groups, problems)
  const registered = new Set([...groups.values()].flat())
  const attachments = readAttachments(source.attachments, groups, problems)
  for (const profile of attachments.keys()) {
    if (profiles.includes(profile)) continue
    problems.warn(attachmentPath(profile), `there is no security profile ${show(profile)}`)
  }
  for (const profile of profiles) {
    if (attachments.has(profile)) continue
    problems.warn('attachments', `security profile ${show(profile)} is attached to nothing`)
  }
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

function readSource(text: string, problems: Problems): JsonObject {
  const { documents, error } = readJsonDocuments(text)
  const [source] = documents
  if (error !== null) {
    problems.error('', `not JSON at line ${error.line}, column ${error.column}: ${error.message}`)
  } else if (documents.length !== 1 || !isObject(source)) {
    problems.error('', 'a things file should be {"groups": {...}, "attachments": {...}}')
  } else {
    warnOfUnknownMembers(source, ['groups', 'attachments'], '', problems)
    return source
  }
  return {}
}

function readGroups(raw: unknown, problems: Problems): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  if (raw === undefined) return groups
  if (!isObject(raw)) {
    problems.error('groups', `groups ${show(raw)} should be {"group": ["thing", ...]}`)
    return groups
  }
  for (const [name, list] of Object.entries(raw)) {
    const path = memberPath('groups', name)
    const fault = nameFault(name)
    if (fault !== null) problems.error(path, `group ${show(name)} ${fault}`)
    if (!Array.isArray(list)) {
      problems.error(path, `${show(list)} should be a list of thing names`)
      groups.set(name, [])
      continue
    }
    if (list.length === 0) problems.warn(path, `group ${show(name)} has no things`)
    const things: string[] = []
    for (const [i, thing] of list.entries()) {
      if (isThingName(thing)) things.push(thing)
      else problems.error(`${path}[${i}]`, `${show(thing)} should be ${THING_NAME}`)
    }
    groups.set(name, things)
  }
  return groups
}

const THING_NAME = `a thing name: 1 to ${MAX_THING_NAME_BYTES} bytes, no control characters`

function isThingName(thing: unknown): thing is string {
  if (typeof thing !== 'string' || thing === '' || hasControlCharacters(thing)) return false
  return Buffer.byteLength(thing) <= MAX_THING_NAME_BYTES
}

function readAttachments(
  raw: unknown,
  groups: ReadonlyMap<string, readonly string[]>,
  problems: Problems,
): Map<string, Attachment> {
  const attachments = new Map<string, Attachment>()
  if (raw === undefined) return attachments
  if (!isObject(raw)) {
    problems.error('attachments', `attachments ${show(raw)} should be {"profile": ["group", ...]}`)
    return attachments
  }
  for (const [profile, list] of Object.entries(raw)) {
    const path = attachmentPath(profile)
    const attachment: Attachment = { registered: false, unregistered: false, groups: [] }
    attachments.set(profile, attachment)
    if (!Array.isArray(list)) {
      problems.error(path, `${show(list)} should be a list of targets`)
      continue
    }
    if (list.length === 0) problems.warn(path, `${show(profile)} is attached to nothing`)
    for (const [i, target] of list.entries()) {
      attach(attachment, target, groups, `${path}[${i}]`, problems)
    }
  }
  return attachments
}

function attach(
  attachment: Attachment,
  target: unknown,
  groups: ReadonlyMap<string, readonly string[]>,
  path: string,
  problems: Problems,
): void {
  if (typeof target !== 'string') {
    problems.error(path, `target ${show(target)} should be a string`)
    return
  }
  const resource = parseArn(target)?.resource
  const name = resource ?? target
  const group = resource?.startsWith(GROUP) ? resource.slice(GROUP.length) : target
  const members = groups.get(group)
  if (name === 'all/things' || name === 'all/registered-things') attachment.registered = true
  if (name === 'all/things' || name === 'all/unregistered-things') attachment.unregistered = true
  if (members !== undefined) attachment.groups.push(new Set(members))
  else if (!ALL_TARGETS.includes(name)) {
    problems.error(
      path,
      `target ${show(target)} should be a group of this file or one of ${ALL_TARGETS.join(', ')}`,
    )
  }
}

const ALL_TARGETS: readonly string[] = [
  'all/things',
  'all/registered-things',
  'all/unregistered-things',
]

function attachmentPath(profile: string): string {
  return memberPath('attachments', profile)
}
