import { arnOf, type Resource } from '../../domain/arn.ts'
import { isObject, show } from '../../domain/problem.ts'
import { putTags, taggableExists, tagsOf } from '../../store/tags.ts'
import { ApiError } from '../errors.ts'
import { readTags } from '../handlers/tags.ts'
import type { Document } from './documents.ts'
import { keepFormerLife } from './former-life.ts'
import type { ImportRun, Outcome } from './import-run.ts'
import { runHandler } from './run-handler.ts'
import { sayTheSame } from './say-the-same.ts'

/** Makes, changes or leaves one thing. */
export function bring(run: ImportRun, document: Document): void {
  const { kind, name, problems } = document
  const outcome = problems.errors > 0 ? null : bringItself(run, document)
  if (outcome === null || problems.errors > 0) {
    run.fail(`${kind.resource}/${name}`)
    return
  }
  const tagged = bringTags(run, document)
  const attached = kind.resource === 'policy' && bringPolicyTargets(run, document)
  run.count(kind.noun, outcome === 'unchanged' && (tagged || attached) ? 'updated' : outcome)
}

function bringItself(run: ImportRun, { kind, name, source, problems }: Document): Outcome | null {
  const context = run.context
  const wanted = kind.wanted(source)
  const before = run.stored(kind, name)
  if (before === null) {
    const made = runHandler(kind.create, { [kind.label]: name, ...wanted }, context, problems)
    if (made === null) return null
    keepFormerLife(context.database, kind, name, source, problems)
    return 'created'
  }
  const stored = kind.wanted(before)
  if (sayTheSame(stored, wanted)) return 'unchanged'
  const fixed = kind.fixed.filter((member) => !sayTheSame(stored[member], wanted[member]))
  for (const member of fixed) {
    const message = `${member} of ${kind.noun} ${name} cannot change from ${show(stored[member])}`
    problems.error(member, `${message} to ${show(wanted[member])}`)
  }
  if (fixed.length > 0 || kind.update === null) return null
  const change = { [kind.label]: name, ...kind.change(wanted) }
  return runHandler(kind.update, change, context, problems) === null ? null : 'updated'
}

/** True when there are tags that were not there. */
function bringTags(run: ImportRun, { kind, name, source, problems }: Document): boolean {
  const { database } = run.context
  const resource: Resource = { kind: kind.resource, name }
  if (source.tags === undefined || !taggableExists(database, resource)) return false
  if (!Array.isArray(source.tags) || !source.tags.every(isTag)) {
    problems.error('tags', `tags ${show(source.tags)} should be [{"Key": ..., "Value": ...}]`)
    return false
  }
  try {
    const before = new Map(tagsOf(database, resource).map(({ key, value }) => [key, value]))
    const tags = readTags(source.tags)
    putTags(database, resource, tags)
    return tags.some(({ key, value }) => before.get(key) !== value)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    problems.error('tags', error.message)
    return false
  }
}

/** Attaches a policy to what `aws iot list-targets-for-policy` prints; true when that is new. */
function bringPolicyTargets(run: ImportRun, { name, source, problems }: Document): boolean {
  const { targets } = source
  if (targets === undefined) return false
  if (!Array.isArray(targets)) {
    problems.error('targets', `targets ${show(targets)} should be a list of ARNs`)
    return false
  }
  const { database, identity } = run.context
  const count = database.prepare<{ n: number }>('SELECT count(*) AS n FROM policy_targets')
  const before = count.get()!.n
  for (const [i, text] of targets.entries()) {
    const group =
      typeof text === 'string' ? /(?:^|:)thinggroup\/([^/]+)$/.exec(text)?.[1] : undefined
    const target =
      group === undefined ? (text as unknown) : arnOf(identity, { kind: 'thinggroup', name: group })
    run.perform('AttachPolicy', { policyName: name, target }, `targets[${i}]`, problems)
  }
  return count.get()!.n > before
}

function isTag(tag: unknown): tag is { Key: string; Value?: string } {
  if (!isObject(tag) || typeof tag.Key !== 'string') return false
  return tag.Value === undefined || typeof tag.Value === 'string'
}
