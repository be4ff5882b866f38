import { arnOf } from '../../domain/arn.ts'
import {
  countActions,
  deleteAction,
  findAction,
  insertAction,
  listActions,
  type MitigationAction,
  updateAction,
} from '../../store/mitigation-actions.ts'
import { putTags } from '../../store/tags.ts'
import type { Context, Handlers } from '../context.ts'
import { alreadyExists, invalidRequest, limitExceeded, notFound } from '../errors.ts'
import type { ValueOf } from '../shapes/notation.ts'
import { readTags } from './tags.ts'

type Family =
  | 'CreateMitigationAction'
  | 'DescribeMitigationAction'
  | 'UpdateMitigationAction'
  | 'DeleteMitigationAction'
  | 'ListMitigationActions'

/** Quota of Detect. */
const MAX_ACTIONS = 100

type Params = ValueOf<'MitigationActionParams'>

const TYPE_OF: Readonly<Record<keyof Params, ValueOf<'MitigationActionType'>>> = {
  updateDeviceCertificateParams: 'UPDATE_DEVICE_CERTIFICATE',
  updateCACertificateParams: 'UPDATE_CA_CERTIFICATE',
  addThingsToThingGroupParams: 'ADD_THINGS_TO_THING_GROUP',
  replaceDefaultPolicyVersionParams: 'REPLACE_DEFAULT_POLICY_VERSION',
  enableIoTLoggingParams: 'ENABLE_IOT_LOGGING',
  publishFindingToSnsParams: 'PUBLISH_FINDING_TO_SNS',
}

export const MITIGATION_ACTION_HANDLERS: Pick<Handlers, Family> = {
  CreateMitigationAction({ actionName: name, roleArn, actionParams: params, tags }, context) {
    const { database, now, uuid } = context
    if (findAction(database, name) !== null) {
      throw alreadyExists(`Mitigation action ${name} already exists`, name, arn(name, context))
    }
    if (countActions(database) >= MAX_ACTIONS) {
      throw limitExceeded(`There are ${MAX_ACTIONS} mitigation actions, the most there may be`)
    }
    const type = typeOf(params)
    const action = { name, id: uuid(), type, roleArn, params, created: now, modified: now }
    insertAction(database, action)
    putTags(database, { kind: 'mitigationaction', name }, readTags(tags))
    return { actionArn: arn(name, context), actionId: action.id }
  },

  DescribeMitigationAction({ actionName }, context) {
    const action = stored(actionName, context)
    return {
      actionName,
      actionType: action.type as ValueOf<'MitigationActionType'>,
      actionArn: arn(actionName, context),
      actionId: action.id,
      roleArn: action.roleArn,
      actionParams: action.params,
      creationDate: action.created,
      lastModifiedDate: action.modified,
    }
  },

  UpdateMitigationAction({ actionName, roleArn, actionParams }, context) {
    const before = stored(actionName, context)
    updateAction(context.database, {
      ...before,
      ...(roleArn === undefined ? {} : { roleArn }),
      ...(actionParams === undefined ? {} : { params: actionParams, type: typeOf(actionParams) }),
      modified: context.now,
    })
    return { actionArn: arn(actionName, context), actionId: before.id }
  },

  DeleteMitigationAction({ actionName }, { database }) {
    deleteAction(database, actionName)
  },

  ListMitigationActions({ actionType }, context) {
    const { database, page } = context
    const [after] = page.after('text') ?? ['']
    const actions = listActions(database, actionType ?? null, after, page.fetch)
    const { rows, next } = page.cut(actions, ({ name }) => [name])
    return {
      actionIdentifiers: rows.map(({ name, created }) => ({
        actionName: name,
        actionArn: arn(name, context),
        creationDate: created,
      })),
      nextToken: next,
    }
  },
}

/** The type is derived from which member is there. */
function typeOf(params: Params): ValueOf<'MitigationActionType'> {
  const [member, ...others] = Object.keys(params) as (keyof Params)[]
  if (member === undefined || others.length > 0) {
    throw invalidRequest(
      `actionParams should have exactly one of ${Object.keys(TYPE_OF).join(', ')}`,
    )
  }
  if (params.enableIoTLoggingParams?.logLevel === 'DISABLED') {
    throw invalidRequest('logLevel DISABLED is not allowed in enableIoTLoggingParams')
  }
  return TYPE_OF[member]
}

function stored(name: string, { database }: Context): MitigationAction {
  const action = findAction(database, name)
  if (action === null) throw notFound(`Mitigation action ${name} does not exist`)
  return action
}

function arn(name: string, { identity }: Context): string {
  return arnOf(identity, { kind: 'mitigationaction', name })
}
