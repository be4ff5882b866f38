import { isObject, type JsonObject } from '../../domain/problem.ts'
import { created, id, type Kind, modified, replacing, version } from './kind.ts'

export const THING_GROUP: Kind = {
  noun: 'thing group',
  folder: 'thing-groups',
  resource: 'thinggroup',
  table: 'thing_groups',
  label: 'thingGroupName',
  create: 'CreateThingGroup',
  describe: 'DescribeThingGroup',
  update: 'UpdateThingGroup',
  known: [
    'parentGroupName',
    'thingGroupProperties',
    'thingGroupMetadata',
    'thingGroupArn',
    'thingGroupId',
    'version',
  ],
  wanted({ parentGroupName, thingGroupProperties, thingGroupMetadata }) {
    const above = isObject(thingGroupMetadata) ? thingGroupMetadata.parentGroupName : undefined
    return { parentGroupName: parentGroupName ?? above, thingGroupProperties }
  },
  change({ thingGroupProperties = {} }) {
    const { thingGroupDescription = '', attributePayload = {} } = thingGroupProperties as JsonObject
    return {
      thingGroupProperties: {
        thingGroupDescription,
        attributePayload: replacing(attributePayload),
      },
    }
  },
  fixed: ['parentGroupName'],
  kept: {
    version,
    id: id('thingGroupId'),
    created: { path: ['thingGroupMetadata', 'creationDate'], is: 'time' },
  },
}

export const THING: Kind = {
  noun: 'thing',
  folder: 'things',
  resource: 'thing',
  table: 'things',
  label: 'thingName',
  create: 'CreateThing',
  describe: 'DescribeThing',
  update: 'UpdateThing',
  known: [
    'thingTypeName',
    'billingGroupName',
    'attributes',
    'attributePayload',
    'defaultClientId',
    'thingArn',
    'thingId',
    'version',
  ],
  wanted({ thingTypeName, billingGroupName, attributes, attributePayload }) {
    const payload = attributes === undefined ? attributePayload : { attributes }
    return { thingTypeName, billingGroupName, attributePayload: payload }
  },
  change: ({ thingTypeName, attributePayload }) => ({
    ...(thingTypeName === undefined ? { removeThingType: true } : { thingTypeName }),
    attributePayload: replacing(attributePayload),
  }),
  fixed: ['billingGroupName'],
  kept: { version, id: id('thingId') },
}

export const POLICY: Kind = {
  noun: 'policy',
  folder: 'policies',
  resource: 'policy',
  table: 'policies',
  label: 'policyName',
  create: 'CreatePolicy',
  describe: 'GetPolicy',
  update: null,
  known: [
    'policyDocument',
    'policyArn',
    'policyVersionId',
    'defaultVersionId',
    'generationId',
    'targets',
    'creationDate',
    'lastModifiedDate',
  ],
  wanted: ({ policyDocument }) => ({
    policyDocument: isObject(policyDocument) ? JSON.stringify(policyDocument) : policyDocument,
  }),
  change: () => ({}),
  fixed: ['policyDocument'],
  kept: {
    version_id: id('defaultVersionId'),
    generation: id('generationId'),
    created,
    modified,
  },
}
