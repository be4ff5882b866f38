import { resourceHere } from '../../domain/arn.ts'
import { show } from '../../domain/problem.ts'
import {
  addMember,
  groupsOf,
  listMembers,
  MAX_GROUPS_PER_THING,
  removeMember,
} from '../../store/group-members.ts'
import type { Context, Handlers } from '../context.ts'
import { invalidRequest } from '../errors.ts'
import { knownGroup, nameAndArn } from './thing-groups.ts'
import { knownThing } from './things.ts'

type Family =
  | 'AddThingToThingGroup'
  | 'RemoveThingFromThingGroup'
  | 'UpdateThingGroupsForThing'
  | 'ListThingsInThingGroup'
  | 'ListThingGroupsForThing'

/** All groups are static here: `overrideDynamicGroups` is accepted and has nothing to override. */
export const GROUP_MEMBER_HANDLERS: Pick<Handlers, Family> = {
  AddThingToThingGroup(input, context) {
    const { group, thing } = both(input, context)
    join(group, thing, context)
  },

  RemoveThingFromThingGroup(input, context) {
    const { group, thing } = both(input, context)
    removeMember(context.database, group, thing)
  },

  UpdateThingGroupsForThing(input, context) {
    const { thingName, thingGroupsToAdd = [], thingGroupsToRemove = [] } = input
    if (thingName === undefined) throw invalidRequest('thingName is missing')
    const thing = knownThing(thingName, context).name
    const groups = [...thingGroupsToRemove, ...thingGroupsToAdd]
    for (const group of groups) knownGroup(group, context)
    // Leaving comes first, so that a thing can move within a hierarchy.
    for (const group of thingGroupsToRemove) removeMember(context.database, group, thing)
    for (const group of thingGroupsToAdd) join(group, thing, context)
  },

  ListThingsInThingGroup({ thingGroupName, recursive }, context) {
    const { database, page } = context
    const group = knownGroup(thingGroupName, context).name
    const [after] = page.after('text') ?? ['']
    const names = listMembers(database, {
      group,
      recursive: recursive === true,
      after,
      limit: page.fetch,
    })
    const { rows, next } = page.cut(names, (name) => [name])
    return { things: rows, nextToken: next }
  },

  ListThingGroupsForThing({ thingName }, context) {
    const { database, page } = context
    const [after] = page.after('text') ?? ['']
    const groups = groupsOf(database, knownThing(thingName, context).name)
    const { rows, next } = page.cut(
      groups.filter((name) => name > after),
      (name) => [name],
    )
    return { thingGroups: rows.map((name) => nameAndArn(name, context)), nextToken: next }
  },
}

function join(group: string, thing: string, { database, now }: Context): void {
  const refusal = addMember(database, group, thing, now)
  if (refusal === null) return
  throw invalidRequest(
    refusal.kind === 'same-hierarchy'
      ? `Thing ${thing} is in ${refusal.group} already, a group of the same hierarchy as ${group}`
      : `Thing ${thing} is in ${MAX_GROUPS_PER_THING} groups already, the most there may be`,
  )
}

interface Pair {
  thingGroupName?: string
  thingGroupArn?: string
  thingName?: string
  thingArn?: string
}

/** The group and the thing of a request, both of which must be there. */
function both(input: Pair, context: Context): { group: string; thing: string } {
  const group = namedBy('thinggroup', input.thingGroupName, input.thingGroupArn, context)
  const thing = namedBy('thing', input.thingName, input.thingArn, context)
  return { group: knownGroup(group, context).name, thing: knownThing(thing, context).name }
}

/** By name, by ARN, or by both when they agree. */
function namedBy(
  kind: 'thing' | 'thinggroup',
  name: string | undefined,
  arn: string | undefined,
  { identity }: Context,
): string {
  const what = kind === 'thing' ? 'thing' : 'thingGroup'
  if (arn === undefined) {
    if (name === undefined) throw invalidRequest(`${what}Name or ${what}Arn is missing`)
    return name
  }
  const resource = resourceHere(arn, identity)
  if (resource?.kind !== kind)
    throw invalidRequest(`${what}Arn ${show(arn)} names none of this account`)
  if (name === undefined || name === resource.name) return resource.name
  throw invalidRequest(
    `${what}Name ${show(name)} and ${what}Arn ${show(arn)} name two different ones`,
  )
}
