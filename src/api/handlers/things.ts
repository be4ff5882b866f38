import { arnOf } from '../../domain/arn.ts'
import {
  deleteThing,
  findThing,
  insertThing,
  listThings,
  listThingsByAttribute,
  type Thing,
  updateThing,
} from '../../store/things.ts'
import type { Context, Handlers } from '../context.ts'
import { alreadyExists, checkVersion, invalidRequest, notFound } from '../errors.ts'
import type { Input } from '../operations.ts'
import { updatedAttributes } from './attribute-payload.ts'

type Family = 'CreateThing' | 'DescribeThing' | 'UpdateThing' | 'ListThings' | 'DeleteThing'

export const THING_HANDLERS: Pick<Handlers, Family> = {
  CreateThing({ thingName, thingTypeName, attributePayload, billingGroupName }, context) {
    const { database, now, uuid } = context
    const wanted = {
      typeName: thingTypeName ?? null,
      billingGroup: billingGroupName ?? null,
      attributes: updatedAttributes({}, attributePayload),
    }
    const before = findThing(database, thingName)
    if (before === null) {
      const made = { ...wanted, name: thingName, id: uuid(), version: 1, created: now }
      insertThing(database, made)
      return madeThing(made, context)
    }
    const { typeName, billingGroup, attributes } = before
    if (JSON.stringify({ typeName, billingGroup, attributes }) !== JSON.stringify(wanted)) {
      const message = `Thing ${thingName} already exists in account with different properties`
      throw alreadyExists(message, thingName, thingArn(thingName, context))
    }
    return madeThing(before, context)
  },

  DescribeThing({ thingName }, context) {
    const thing = knownThing(thingName, context)
    return {
      ...madeThing(thing, context),
      defaultClientId: thing.name,
      thingTypeName: thing.typeName,
      attributes: thing.attributes,
      version: thing.version,
      billingGroupName: thing.billingGroup,
    }
  },

  UpdateThing(input, context) {
    const { thingName, thingTypeName, attributePayload, expectedVersion, removeThingType } = input
    const thing = knownThing(thingName, context)
    checkVersion(expectedVersion, thing.version, `thing ${thingName}`)
    if (removeThingType === true && thingTypeName !== undefined) {
      throw invalidRequest('removeThingType cannot be true when there is a thingTypeName')
    }
    updateThing(context.database, {
      ...thing,
      version: thing.version + 1,
      typeName: removeThingType === true ? null : (thingTypeName ?? thing.typeName),
      attributes: updatedAttributes(thing.attributes, attributePayload),
    })
  },

  ListThings(input, context) {
    const { rows, next } =
      input.attributeName === undefined ? byName(input, context) : byAttribute(input, context)
    const things = rows.map((thing) => ({
      thingName: thing.name,
      thingTypeName: thing.typeName,
      thingArn: thingArn(thing.name, context),
      attributes: thing.attributes,
      version: thing.version,
    }))
    return { things, nextToken: next }
  },

  DeleteThing({ thingName, expectedVersion }, { database }) {
    const thing = findThing(database, thingName)
    if (thing === null) return
    checkVersion(expectedVersion, thing.version, `thing ${thingName}`)
    deleteThing(database, thingName)
  },
}

/** The thing of that name; ResourceNotFound when there is none. */
export function knownThing(name: string, { database }: Context): Thing {
  const thing = findThing(database, name)
  if (thing === null) throw notFound(`Thing ${name} does not exist`)
  return thing
}

function byName(
  { attributeValue, thingTypeName }: Input<'ListThings'>,
  { database, page }: Context,
) {
  if (attributeValue !== undefined) throw invalidRequest('attributeValue needs an attributeName')
  const [after] = page.after('text') ?? ['']
  const things = listThings(database, { typeName: thingTypeName ?? null, after, limit: page.fetch })
  return page.cut(things, ({ name }) => [name])
}

function byAttribute(input: Input<'ListThings'>, { database, page }: Context) {
  const { attributeName = '', attributeValue, usePrefixAttributeValue, thingTypeName } = input
  const things = listThingsByAttribute(database, {
    name: attributeName,
    value: attributeValue ?? '',
    prefix: attributeValue === undefined || usePrefixAttributeValue === true,
    typeName: thingTypeName ?? null,
    after: page.after('text', 'text'),
    limit: page.fetch,
  })
  return page.cut(things, ({ name, attributes }) => [attributes[attributeName] ?? '', name])
}

function madeThing({ name, id }: Thing, context: Context) {
  return { thingName: name, thingArn: thingArn(name, context), thingId: id }
}

function thingArn(name: string, { identity }: Context): string {
  return arnOf(identity, { kind: 'thing', name })
}
