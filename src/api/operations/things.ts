/** Things of the registry. */
export const THING_OPERATIONS = {
  CreateThing: {
    http: 'POST /things/{thingName}',
    labels: { thingName: 'ThingName' },
    body: {
      thingTypeName: 'ThingTypeName',
      attributePayload: 'AttributePayload',
      billingGroupName: 'BillingGroupName',
    },
    output: { thingName: 'ThingName', thingArn: 'string', thingId: 'string' },
    errors: 'Unauthorized ServiceUnavailable ResourceAlreadyExists ResourceNotFound',
  },
  DescribeThing: {
    http: 'GET /things/{thingName}',
    labels: { thingName: 'ThingName' },
    output: {
      defaultClientId: 'string',
      thingName: 'ThingName',
      thingId: 'string',
      thingArn: 'string',
      thingTypeName: 'ThingTypeName',
      attributes: '{AttributeName: AttributeValue}',
      version: 'long',
      billingGroupName: 'BillingGroupName',
    },
    errors: 'ResourceNotFound Unauthorized ServiceUnavailable',
  },
  UpdateThing: {
    http: 'PATCH /things/{thingName}',
    labels: { thingName: 'ThingName' },
    body: {
      thingTypeName: 'ThingTypeName',
      attributePayload: 'AttributePayload',
      expectedVersion: 'long',
      removeThingType: 'bool',
    },
    errors: 'VersionConflict Unauthorized ServiceUnavailable ResourceNotFound',
  },
  ListThings: {
    http: 'GET /things',
    query: {
      nextToken: 'string',
      maxResults: 'int 1..250',
      attributeName: 'AttributeName',
      attributeValue: 'AttributeValue',
      thingTypeName: 'ThingTypeName',
      usePrefixAttributeValue: 'bool',
    },
    output: { things: '[ThingAttribute]', nextToken: 'string' },
    errors: 'Unauthorized ServiceUnavailable',
  },
  DeleteThing: {
    http: 'DELETE /things/{thingName}',
    labels: { thingName: 'ThingName' },
    query: { expectedVersion: 'long' },
    errors: 'ResourceNotFound VersionConflict Unauthorized ServiceUnavailable',
  },
} as const
