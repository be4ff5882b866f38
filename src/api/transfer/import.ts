import { bring } from './bring.ts'
import { attach, bringGroups } from './bring-groups.ts'
import { bringRules } from './bring-rules.ts'
import type { Document, Documents } from './documents.ts'
import { type ImportParts, ImportRun, type Tally } from './import-run.ts'
import { KINDS } from './kinds.ts'
import { THING_GROUP } from './registry-kinds.ts'

/**
 * Brings a store to what the documents say, by the rules of the API. Nothing is removed: what the store
 * holds besides stays. To be called within a transaction, which is to be undone when there are errors.
 */
export function importDocuments(
  { documents, rules, thingsFiles, targets }: Documents,
  parts: ImportParts,
): Tally {
  const run = new ImportRun(parts)
  const once = single(documents)
  for (const kind of KINDS) {
    const own = once.filter((document) => document.kind === kind)
    for (const document of kind === THING_GROUP ? parentsFirst(own) : own) bring(run, document)
  }
  bringRules(run, rules)
  for (const { file, problems } of thingsFiles) {
    bringGroups(run, file.groups, file.parents, problems)
    for (const [profile, list] of file.attachments) {
      for (const target of list) attach(run, profile, target, target.path, problems)
    }
  }
  for (const { profile, target, problems } of targets) {
    attach(run, profile, target, target.path, problems)
  }
  return run.tally
}

/** Without the second of two of one name, which is refused: which of them is meant? */
function single(documents: readonly Document[]): Document[] {
  const first = new Map<string, Document>()
  for (const document of documents) {
    const { kind, name, problems } = document
    const key = `${kind.resource}/${name}`
    const before = first.get(key)
    if (before === undefined) first.set(key, document)
    else problems.error(kind.label, `${kind.noun} ${name} stands in ${before.problems.place} too`)
  }
  return [...first.values()]
}

function parentsFirst(groups: readonly Document[]): Document[] {
  const byName = new Map(groups.map((group) => [group.name, group]))
  const sorted = new Set<Document>()
  const add = (group: Document, below: readonly Document[]): void => {
    const parent = byName.get(String(group.kind.wanted(group.source).parentGroupName))
    if (parent !== undefined && !below.includes(parent)) add(parent, [...below, group])
    sorted.add(group)
  }
  for (const group of groups) add(group, [])
  return [...sorted]
}
