import { arnOf } from '../../domain/arn.ts'
import { putTags } from '../../store/tags.ts'
import {
  ancestorsOf,
  deleteGroup,
  findGroup,
  hasChildren,
  insertGroup,
  listGroups,
  type ThingGroup,
  updateGroup,
} from '../../store/thing-groups.ts'
import type { Context, Handlers } from '../context.ts'
import { alreadyExists, checkVersion, invalidRequest, notFound } from '../errors.ts'
import type { Input } from '../operations.ts'
import { updatedAttributes } from './attribute-payload.ts'
import { readTags } from './tags.ts'

type Family =
  | 'CreateThingGroup'
  | 'DescribeThingGroup'
  | 'UpdateThingGroup'
  | 'ListThingGroups'
  | 'DeleteThingGroup'

export const THING_GROUP_HANDLERS: Pick<Handlers, Family> = {
  CreateThingGroup({ thingGroupName, parentGroupName, thingGroupProperties, tags }, context) {
    const { database, now, uuid } = context
    const wanted = {
      parent: parentGroupName ?? null,
      description: thingGroupProperties?.thingGroupDescription ?? null,
      attributes: updatedAttributes({}, thingGroupProperties?.attributePayload),
    }
    const before = findGroup(database, thingGroupName)
    if (before === null) {
      if (parentGroupName !== undefined) knownGroup(parentGroupName, context)
      const made = { ...wanted, name: thingGroupName, id: uuid(), version: 1, created: now }
      insertGroup(database, made)
      putTags(database, { kind: 'thinggroup', name: thingGroupName }, readTags(tags))
      return madeGroup(made, context)
    }
    const { parent, description, attributes } = before
    if (JSON.stringify({ parent, description, attributes }) !== JSON.stringify(wanted)) {
      const message = `Thing Group ${thingGroupName} already exists in current account with different properties`
      throw alreadyExists(message, thingGroupName, groupArn(thingGroupName, context))
    }
    return madeGroup(before, context)
  },

  DescribeThingGroup({ thingGroupName }, context) {
    const group = knownGroup(thingGroupName, context)
    const above = ancestorsOf(context.database, thingGroupName)
    return {
      ...madeGroup(group, context),
      version: group.version,
      thingGroupProperties: {
        thingGroupDescription: group.description,
        attributePayload: { attributes: group.attributes },
      },
      thingGroupMetadata: {
        parentGroupName: group.parent,
        rootToParentThingGroups: above.map((name) => nameAndArn(name, context)),
        creationDate: group.created,
      },
    }
  },

  UpdateThingGroup({ thingGroupName, thingGroupProperties, expectedVersion }, context) {
    const { thingGroupDescription, attributePayload } = thingGroupProperties
    const group = knownGroup(thingGroupName, context)
    checkVersion(expectedVersion, group.version, `thing group ${thingGroupName}`)
    const version = group.version + 1
    updateGroup(context.database, {
      ...group,
      version,
      description: thingGroupDescription ?? group.description,
      attributes: updatedAttributes(group.attributes, attributePayload),
    })
    return { version }
  },

  ListThingGroups(input, context) {
    const { database, page } = context
    if (input.parentGroup !== undefined) knownGroup(input.parentGroup, context)
    const [after] = page.after('text') ?? ['']
    const names = listGroups(database, {
      where: whereOf(input),
      prefix: input.namePrefixFilter ?? '',
      after,
      limit: page.fetch,
    })
    const { rows, next } = page.cut(names, (name) => [name])
    return { thingGroups: rows.map((name) => nameAndArn(name, context)), nextToken: next }
  },

  DeleteThingGroup({ thingGroupName, expectedVersion }, { database }) {
    const group = findGroup(database, thingGroupName)
    if (group === null) return
    checkVersion(expectedVersion, group.version, `thing group ${thingGroupName}`)
    if (hasChildren(database, thingGroupName)) {
      throw invalidRequest(
        `Cannot delete thing group : ${thingGroupName} when there are still child groups attached to it`,
      )
    }
    deleteGroup(database, thingGroupName)
  },
}

/** The group of that name; ResourceNotFound when there is none. */
export function knownGroup(name: string, { database }: Context): ThingGroup {
  const group = findGroup(database, name)
  if (group === null) throw notFound(`Thing group ${name} does not exist`)
  return group
}

/** How lists of groups name them. */
export function nameAndArn(
  name: string,
  context: Context,
): { groupName: string; groupArn: string } {
  return { groupName: name, groupArn: groupArn(name, context) }
}

/** Without a parent: all groups of any depth; those at the top alone when asked not to recurse. */
function whereOf({ parentGroup, recursive }: Input<'ListThingGroups'>) {
  if (parentGroup !== undefined) return { below: parentGroup, recursive: recursive === true }
  return recursive === false ? 'top' : 'all'
}

function madeGroup({ name, id }: ThingGroup, context: Context) {
  return { thingGroupName: name, thingGroupArn: groupArn(name, context), thingGroupId: id }
}

function groupArn(name: string, { identity }: Context): string {
  return arnOf(identity, { kind: 'thinggroup', name })
}
