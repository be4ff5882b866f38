import { arnOf, resourceHere } from '../../domain/arn.ts'
import { isObject, show } from '../../domain/problem.ts'
import {
  attachedPolicies,
  attachPolicy,
  deletePolicy,
  detachPolicy,
  findPolicy,
  insertPolicy,
  isAttached,
  type Policy,
} from '../../store/policies.ts'
import { putTags } from '../../store/tags.ts'
import { ancestorsOf } from '../../store/thing-groups.ts'
import type { Context, Handlers } from '../context.ts'
import { alreadyExists, ApiError, invalidRequest, limitExceeded, notFound } from '../errors.ts'
import { readTags } from './tags.ts'
import { knownGroup } from './thing-groups.ts'

type Family =
  | 'CreatePolicy'
  | 'GetPolicy'
  | 'DeletePolicy'
  | 'AttachPolicy'
  | 'DetachPolicy'
  | 'ListAttachedPolicies'

/** AWS IoT's quotas. */
const MAX_POLICIES_PER_GROUP = 2
const MAX_POLICIES_PER_PRINCIPAL = 10

export const POLICY_HANDLERS: Pick<Handlers, Family> = {
  CreatePolicy({ policyName, policyDocument, tags }, context) {
    const { database, now, uuid } = context
    if (findPolicy(database, policyName) !== null) {
      const message = `Policy ${policyName} already exists`
      throw alreadyExists(message, policyName, policyArn(policyName, context))
    }
    checkDocument(policyDocument)
    const policy: Policy = {
      name: policyName,
      document: policyDocument,
      versionId: '1',
      generation: uuid(),
      created: now,
      modified: now,
    }
    insertPolicy(database, policy)
    putTags(database, { kind: 'policy', name: policyName }, readTags(tags))
    return {
      policyName,
      policyArn: policyArn(policyName, context),
      policyDocument,
      policyVersionId: policy.versionId,
    }
  },

  GetPolicy({ policyName }, context) {
    const policy = knownPolicy(policyName, context)
    return {
      policyName,
      policyArn: policyArn(policyName, context),
      policyDocument: policy.document,
      defaultVersionId: policy.versionId,
      creationDate: policy.created,
      lastModifiedDate: policy.modified,
      generationId: policy.generation,
    }
  },

  DeletePolicy({ policyName }, context) {
    const { database } = context
    knownPolicy(policyName, context)
    if (isAttached(database, policyName)) {
      const message = `Cannot delete policy ${policyName}: it is attached to something`
      throw new ApiError('DeleteConflict', message)
    }
    deletePolicy(database, policyName)
  },

  AttachPolicy({ policyName, target }, context) {
    const { database } = context
    knownPolicy(policyName, context)
    const { key, group } = readTarget(target, context)
    const most = group === null ? MAX_POLICIES_PER_PRINCIPAL : MAX_POLICIES_PER_GROUP
    const attached = attachedPolicies(database, { targets: [key], after: '', limit: most })
    if (attached.length >= most && !attached.includes(policyName)) {
      throw limitExceeded(`${target} has ${most} policies already, the most there may be`)
    }
    attachPolicy(database, policyName, key)
  },

  DetachPolicy({ policyName, target }, context) {
    detachPolicy(context.database, policyName, targetKey(target, context))
  },

  ListAttachedPolicies({ target, recursive }, context) {
    const { database, page } = context
    const { key, group } = readTarget(target, context)
    const above = recursive === true && group !== null ? ancestorsOf(database, group) : []
    const targets = [key, ...above.map((name) => `thinggroup/${name}`)]
    const [after] = page.after('text') ?? ['']
    const names = attachedPolicies(database, { targets, after, limit: page.fetch })
    const { rows, next } = page.cut(names, (name) => [name])
    const policies = rows.map((name) => ({ policyName: name, policyArn: policyArn(name, context) }))
    return { policies, nextMarker: next }
  },
}

function knownPolicy(name: string, { database }: Context): Policy {
  const policy = findPolicy(database, name)
  if (policy === null) throw notFound(`Policy ${name} does not exist`)
  return policy
}

/** What a policy is attached to: a group that must be there, or the ARN or name of a principal. */
function readTarget(target: string, context: Context): { key: string; group: string | null } {
  const key = targetKey(target, context)
  const resource = resourceHere(target, context.identity)
  if (resource?.kind === 'thinggroup')
    return { key, group: knownGroup(resource.name, context).name }
  return { key, group: null }
}

/** Our own groups are kept by name, so that they stay attached whatever the region is called. */
function targetKey(target: string, { identity }: Context): string {
  if (target === '' || target.includes('\0'))
    throw invalidRequest(`target ${show(target)} is no ARN`)
  const resource = resourceHere(target, identity)
  return resource?.kind === 'thinggroup' ? `thinggroup/${resource.name}` : target
}

/** It is kept as it stands, but it must be a policy: an object of JSON with statements. */
function checkDocument(document: string): void {
  let parsed: unknown
  try {
    parsed = JSON.parse(document)
  } catch (error) {
    throw malformed(`it is not JSON: ${(error as Error).message}`)
  }
  if (!isObject(parsed)) throw malformed(`${show(parsed)} is no object`)
  const { Version: version, Statement: statement } = parsed
  if (version !== undefined && version !== '2012-10-17' && version !== '2008-10-17') {
    throw malformed(`Version ${show(version)} should be 2012-10-17`)
  }
  if (!isObject(statement) && !(Array.isArray(statement) && statement.length > 0)) {
    throw malformed('it has no Statement')
  }
}

function malformed(reason: string): ApiError {
  return new ApiError('MalformedPolicy', `Policy document is malformed: ${reason}`)
}

function policyArn(name: string, { identity }: Context): string {
  return arnOf(identity, { kind: 'policy', name })
}
