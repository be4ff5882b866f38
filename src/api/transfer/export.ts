import { Problems } from '../../domain/problem.ts'
import type { Database } from '../../store/database.ts'
import { listRules } from '../../store/mitigation-rules.ts'
import { tagsOf } from '../../store/tags.ts'
import type { Context } from '../context.ts'
import { describeRule } from '../mitigation-rule.ts'
import { pageOf } from '../page.ts'
import type { Kind } from './kind.ts'
import { KINDS } from './kinds.ts'
import { ANYWHERE, runHandler } from './run-handler.ts'

/** One file of an export: its path within, and its text. */
export interface ExportFile {
  path: string
  text: string
}

/** Members that follow from where a resource lives, or from others. */
const DERIVED = [
  'securityProfileArn',
  'thingGroupArn',
  'thingArn',
  'metricArn',
  'arn',
  'actionArn',
  'policyArn',
  'defaultClientId',
]

/** Things are one file for all of them, a line each: there may be a hundred thousand. */
const THINGS = 'things.ndjson'
/** Automatic mitigation rules, as `GET /mitigation-rules` answers them. */
const RULES = 'mitigation-rules.json'
/** Groups with their things, and what profiles are attached to: a things file, as `replay` reads it. */
const THINGS_FILE = 'things-file.json'

/**
 * All of a store that `import` can bring back: profiles, groups, things, custom metrics, dimensions,
 * mitigation actions and policies as `aws iot describe-...` prints them, without the ARNs that change with
 * the account, and with their tags; and the rules that run actions by themselves.
 */
export function* exportFiles(database: Database): Generator<ExportFile> {
  const context = {
    database,
    identity: ANYWHERE,
    page: pageOf('', {}, 1, undefined),
  } as Context
  for (const kind of KINDS) {
    const documents = described(kind, context)
    if (kind.resource === 'thing') {
      const text = lines(documents)
      if (text !== '') yield { path: THINGS, text }
      continue
    }
    const files = new FileNames()
    for (const { name, document } of documents) {
      const path = `${kind.folder}/${files.nameFor(name)}`
      yield { path, text: pretty(document) }
    }
  }
  const mitigationRules = listRules(database).map(describeRule)
  if (mitigationRules.length > 0) yield { path: RULES, text: pretty({ mitigationRules }) }
  yield { path: THINGS_FILE, text: pretty(thingsFile(database)) }
}

function pretty(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`
}

interface Described {
  name: string
  document: Record<string, unknown>
}

function* described(kind: Kind, context: Context): Generator<Described> {
  const { database } = context
  const names = database.prepare<{ name: string }>(`SELECT name FROM ${kind.table} ORDER BY name`)
  for (const { name } of names.iterate()) {
    const answer = runHandler(kind.describe, { [kind.label]: name }, context, new Problems(name))
    const document = Object.fromEntries(
      Object.entries(answer ?? {}).filter(([member]) => !DERIVED.includes(member)),
    )
    delete (document.thingGroupMetadata as Record<string, unknown> | undefined)
      ?.rootToParentThingGroups
    if (kind.resource === 'policy') document.targets = policyTargets(database, name)
    const tags = tagsOf(database, { kind: kind.resource, name })
    if (tags.length > 0) document.tags = tags.map(({ key, value }) => ({ Key: key, Value: value }))
    yield { name, document }
  }
}

function lines(documents: Iterable<Described>): string {
  return Array.from(documents, ({ document }) => `${JSON.stringify(document)}\n`).join('')
}

function policyTargets(database: Database, policy: string): string[] {
  return database
    .prepare<{ target: string }>(
      'SELECT target FROM policy_targets WHERE policy = ? ORDER BY target',
    )
    .all(policy)
    .map(({ target }) => target)
}

function thingsFile(database: Database) {
  const groups = database
    .prepare<{ name: string; parent: string | null }>(
      'SELECT name, parent FROM thing_groups ORDER BY name',
    )
    .all()
  const members = database.prepare<{ name: string }>(
    'SELECT thing_name AS name FROM group_members WHERE group_name = ? ORDER BY thing_name',
  )
  const attached = database
    .prepare<{ profile: string; target: string }>(
      'SELECT profile, target FROM profile_targets ORDER BY profile, target',
    )
    .all()
  const attachments = new Map<string, string[]>()
  for (const { profile, target } of attached) {
    const targets = attachments.get(profile) ?? []
    attachments.set(profile, [...targets, target.replace(/^thinggroup\//, '')])
  }
  return {
    groups: Object.fromEntries(
      groups.map(({ name }) => [name, members.all(name).map((thing) => thing.name)]),
    ),
    parents: Object.fromEntries(
      groups.flatMap(({ name, parent }) => (parent === null ? [] : [[name, parent]])),
    ),
    attachments: Object.fromEntries(attachments),
  }
}

/** Names as files: some systems take no ":" and do not tell "A" from "a". */
class FileNames {
  readonly #taken = new Set<string>()

  nameFor(name: string): string {
    const safe = name.replace(
      /[^a-zA-Z0-9_.-]/g,
      (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
    )
    let file = `${safe}.json`
    for (let i = 2; this.#taken.has(file.toLowerCase()); i++) file = `${safe}.${i}.json`
    this.#taken.add(file.toLowerCase())
    return file
  }
}
