import { parseArn, type Resource, resourceOf } from './arn.ts'
import { readJsonDocuments } from './json-documents.ts'
import { nameFault } from './names.ts'
import {
  isObject,
  type JsonObject,
  memberPath,
  type Problems,
  show,
  warnOfUnknownMembers,
} from './problem.ts'
import { isThingName, THING_NAME } from './thing-name.ts'

/** A things file as it stands: nothing is said yet of groups that it does not hold itself. */
export interface ThingsFile {
  /** The things that are in each group itself. */
  groups: ReadonlyMap<string, readonly string[]>
  /** The group above each group that has one. */
  parents: ReadonlyMap<string, string>
  /** What each profile is attached to. */
  attachments: ReadonlyMap<string, readonly AttachedTarget[]>
}

export interface AttachedTarget extends Resource {
  kind: 'all' | 'thinggroup'
  /** As it was written, and where. */
  text: string
  path: string
}

export const THINGS_FILE_MEMBERS: readonly string[] = ['groups', 'parents', 'attachments']

export const ALL_TARGET_NAMES: readonly string[] = [
  'all/things',
  'all/registered-things',
  'all/unregistered-things',
]

/** Empty when the text is not one object of JSON. */
export function parseThingsFile(text: string, problems: Problems): ThingsFile {
  const { documents, error } = readJsonDocuments(text)
  const [source] = documents
  if (error !== null) {
    problems.error('', `not JSON at line ${error.line}, column ${error.column}: ${error.message}`)
  } else if (documents.length !== 1 || !isObject(source)) {
    problems.error('', 'a things file should be {"groups": {...}, "attachments": {...}}')
  } else {
    return readThingsFile(source, problems)
  }
  return readThingsFile({}, problems)
}

export function readThingsFile(source: JsonObject, problems: Problems): ThingsFile {
  warnOfUnknownMembers(source, THINGS_FILE_MEMBERS, '', problems)
  return {
    groups: readGroups(source.groups, problems),
    parents: readParents(source.parents, problems),
    attachments: readAttachments(source.attachments, problems),
  }
}

/** Where in a things file a profile's attachments stand. */
export function attachmentPath(profile: string): string {
  return memberPath('attachments', profile)
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

function readParents(raw: unknown, problems: Problems): Map<string, string> {
  const parents = new Map<string, string>()
  if (raw === undefined) return parents
  if (!isObject(raw)) {
    problems.error('parents', `parents ${show(raw)} should be {"group": "group above it"}`)
    return parents
  }
  for (const [group, parent] of Object.entries(raw)) {
    if (typeof parent === 'string') parents.set(group, parent)
    else problems.error(memberPath('parents', group), `${show(parent)} should be a group's name`)
  }
  for (const group of parents.keys()) {
    if (!isAboveItself(group, parents)) continue
    problems.error(memberPath('parents', group), `group ${show(group)} would be above itself`)
    parents.delete(group)
  }
  return parents
}

function isAboveItself(group: string, parents: ReadonlyMap<string, string>): boolean {
  const seen = new Set<string>()
  for (let at = parents.get(group); at !== undefined; at = parents.get(at)) {
    if (at === group) return true
    if (seen.has(at)) return false
    seen.add(at)
  }
  return false
}

function readAttachments(raw: unknown, problems: Problems): Map<string, AttachedTarget[]> {
  const attachments = new Map<string, AttachedTarget[]>()
  if (raw === undefined) return attachments
  if (!isObject(raw)) {
    problems.error('attachments', `attachments ${show(raw)} should be {"profile": ["group", ...]}`)
    return attachments
  }
  for (const [profile, list] of Object.entries(raw)) {
    const path = attachmentPath(profile)
    const targets: AttachedTarget[] = []
    attachments.set(profile, targets)
    if (!Array.isArray(list)) {
      problems.error(path, `${show(list)} should be a list of targets`)
      continue
    }
    if (list.length === 0) problems.warn(path, `${show(profile)} is attached to nothing`)
    for (const [i, text] of list.entries()) {
      const target = readTarget(text, `${path}[${i}]`, problems)
      if (target !== null) targets.push(target)
    }
  }
  return attachments
}

/** A group by name or ARN, or one of the three `all/...` by name or ARN. */
export function readTarget(text: unknown, path: string, problems: Problems): AttachedTarget | null {
  if (typeof text !== 'string') {
    problems.error(path, `target ${show(text)} should be a string`)
    return null
  }
  const arn = parseArn(text)
  const isAll = ALL_TARGET_NAMES.includes(text)
  const plain: Resource = isAll
    ? { kind: 'all', name: text.slice('all/'.length) }
    : { kind: 'thinggroup', name: text }
  const { kind, name } = (arn === null ? plain : resourceOf(arn)) ?? plain
  const isGroup = kind === 'thinggroup' && !name.includes('/')
  if (kind === 'all' || isGroup) return { kind, name, text, path }
  problems.error(
    path,
    `target ${show(text)} should be a group or one of ${ALL_TARGET_NAMES.join(', ')}`,
  )
  return null
}
