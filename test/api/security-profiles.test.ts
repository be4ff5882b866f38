import {
  AttachSecurityProfileCommand,
  type Behavior,
  CreateCustomMetricCommand,
  CreateDimensionCommand,
  CreateSecurityProfileCommand,
  type CreateSecurityProfileCommandInput,
  DeleteCustomMetricCommand,
  DeleteDimensionCommand,
  DeleteSecurityProfileCommand,
  DescribeSecurityProfileCommand,
  DetachSecurityProfileCommand,
  type IoTClient,
  ListSecurityProfilesCommand,
  ListSecurityProfilesForTargetCommand,
  ListTagsForResourceCommand,
  ListTargetsForSecurityProfileCommand,
  UpdateSecurityProfileCommand,
  type UpdateSecurityProfileCommandInput,
  ValidateSecurityProfileBehaviorsCommand,
} from '@aws-sdk/client-iot'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { group } from '../store/registry.ts'
import { type RunningApi, runApi } from './running-api.ts'

let api: RunningApi
let client: IoTClient
beforeEach(async () => {
  api = await runApi()
  client = api.client()
})
afterEach(async () => {
  await api.close()
  expect(api.faults).toEqual([])
})

const ML: Behavior = {
  name: 'sent',
  metric: 'aws:num-messages-sent',
  criteria: { mlDetectionConfig: { confidenceLevel: 'HIGH' } },
  suppressAlerts: true,
  exportMetric: true,
}
const STATIC: Behavior = {
  name: 'auth',
  metric: 'aws:num-authorization-failures',
  criteria: {
    comparisonOperator: 'less-than',
    value: { count: 5 },
    durationSeconds: 300,
    consecutiveDatapointsToAlarm: 2,
  },
}
const WHOLE = {
  securityProfileName: 'p',
  securityProfileDescription: 'smart lights',
  behaviors: [ML, STATIC],
  alertTargets: {
    SNS: {
      alertTargetArn: 'arn:aws:sns:eu-west-1:123456789012:t',
      roleArn: 'arn:aws:iam::123456789012:role/r12345',
    },
  },
  additionalMetricsToRetain: ['aws:num-disconnects'],
  additionalMetricsToRetainV2: [{ metric: 'aws:message-byte-size', exportMetric: true }],
  metricsExportConfig: { mqttTopic: 'x/y', roleArn: 'arn:aws:iam::123456789012:role/r12345' },
  tags: [{ Key: 'team', Value: 'lights' }],
}
const { tags: _tags, ...KEPT } = WHOLE
const ARN = 'arn:aws:iot:eu-west-1:123456789012:securityprofile/p'

const make = (input: Partial<CreateSecurityProfileCommandInput> = {}) =>
  client.send(new CreateSecurityProfileCommand({ securityProfileName: 'p', ...input }))
const describeIt = () =>
  client.send(new DescribeSecurityProfileCommand({ securityProfileName: 'p' }))
const update = (input: Partial<UpdateSecurityProfileCommandInput>) =>
  client.send(new UpdateSecurityProfileCommand({ securityProfileName: 'p', ...input }))
const remove = (input: object = {}) =>
  client.send(new DeleteSecurityProfileCommand({ securityProfileName: 'p', ...input }))

describe('a security profile', () => {
  test('is kept whole, and described as it was given', async () => {
    expect(await make(WHOLE)).toMatchObject({ securityProfileName: 'p', securityProfileArn: ARN })
    const described = await describeIt()
    expect(described).toMatchObject({ ...KEPT, securityProfileArn: ARN, version: 1 })
    expect(described.creationDate).toEqual(described.lastModifiedDate)
    const { tags } = await client.send(new ListTagsForResourceCommand({ resourceArn: ARN }))
    expect(tags).toEqual(WHOLE.tags)
    expect(api.changes()).toBe(1)
  })

  test('may be all empty', async () => {
    await make()
    const { behaviors, version, alertTargets } = await describeIt()
    expect({ behaviors, version, alertTargets }).toEqual({
      behaviors: [],
      version: 1,
      alertTargets: undefined,
    })
  })

  test('is not made twice', async () => {
    await make()
    await expect(make()).rejects.toMatchObject({
      name: 'ResourceAlreadyExistsException',
      resourceId: 'p',
      resourceArn: ARN,
      $metadata: { httpStatusCode: 409 },
    })
  })

  test('is updated member by member, each as a whole', async () => {
    await make(WHOLE)
    const updated = await update({ behaviors: [STATIC], expectedVersion: 1 })
    expect(updated).toMatchObject({ ...KEPT, behaviors: [STATIC], version: 2 })
    expect(await update({ securityProfileDescription: 'x' })).toMatchObject({
      behaviors: [STATIC],
      securityProfileDescription: 'x',
      version: 3,
    })
    await expect(update({ expectedVersion: 2 })).rejects.toMatchObject({
      name: 'VersionConflictException',
    })
  })

  test('is emptied by flags', async () => {
    await make(WHOLE)
    const emptied = await update({
      deleteBehaviors: true,
      deleteAlertTargets: true,
      deleteAdditionalMetricsToRetain: true,
      deleteMetricsExportConfig: true,
    })
    expect(emptied.behaviors).toEqual([])
    for (const member of Object.keys(KEPT).slice(3)) {
      expect(emptied).not.toHaveProperty(member)
    }
    await expect(update({ deleteBehaviors: true, behaviors: [] })).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: 'deleteBehaviors should not stand beside what it deletes',
    })
  })

  test('is deleted, and deleting it again is no error', async () => {
    await make()
    await expect(remove({ expectedVersion: 7 })).rejects.toMatchObject({
      name: 'VersionConflictException',
    })
    await remove({ expectedVersion: 1 })
    await remove()
    await expect(describeIt()).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    await expect(update({})).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })

  test('answers without what the model does not know', async () => {
    await make({ behaviors: [{ ...ML, unknown: 1 } as Behavior] })
    expect((await describeIt()).behaviors).toEqual([ML])
  })
})

const FAULTS: [what: string, behavior: object, message: string][] = [
  [
    'a count out of range',
    {
      ...STATIC,
      name: 'Authorization',
      criteria: { ...STATIC.criteria, consecutiveDatapointsToAlarm: 100_000 },
    },
    'Behavior Authorization is malformed. consecutiveDatapointsToAlarm 100000 should be in range[1,10]',
  ],
  [
    'a name with blanks',
    { ...ML, name: 'Max Size' },
    'Behavior Max Size is malformed. name "Max Size" should hold only letters, digits, ":", "_" and "-"',
  ],
  [
    'a custom metric that is not there',
    { ...ML, metric: 'battery' },
    'Behavior sent is malformed. metric battery does not exist',
  ],
  [
    'a dimension that is not there',
    { ...ML, metricDimension: { dimensionName: 'Nope' } },
    'Behavior sent is malformed. dimension Nope does not exist',
  ],
  [
    'an operator that does not exist',
    { ...STATIC, criteria: { comparisonOperator: 'above', value: { count: 1 } } },
    'Behavior auth is malformed. comparisonOperator "above" does not exist, it should be one of less-than, less-than-equals, greater-than, greater-than-equals',
  ],
  [
    'an address list compared like a number',
    {
      name: 'ips',
      metric: 'addresses',
      criteria: { comparisonOperator: 'less-than', value: { number: 1 } },
    },
    'Behavior ips is malformed. comparisonOperator less-than does not suit addresses, it should be one of in-cidr-set, not-in-cidr-set',
  ],
  [
    'a list with values of another kind',
    {
      name: 'words',
      metric: 'strings',
      criteria: { comparisonOperator: 'in-set', value: { numbers: [1] } },
    },
    'Behavior words is malformed. value {"numbers":[1]} should be {"strings": ...}, strings is a string-list',
  ],
  [
    'a number compared like a list',
    {
      name: 'full',
      metric: 'level',
      criteria: { comparisonOperator: 'in-set', value: { numbers: [1] } },
    },
    'Behavior full is malformed. comparisonOperator in-set does not suit level, which is a number',
  ],
  [
    'a list that should be learned',
    {
      name: 'words',
      metric: 'strings',
      criteria: { mlDetectionConfig: { confidenceLevel: 'LOW' } },
    },
    'Behavior words is malformed. strings cannot be learned, it is a string-list',
  ],
]

describe('behaviors', () => {
  beforeEach(async () => {
    for (const [metricName, metricType] of [
      ['addresses', 'ip-address-list'],
      ['strings', 'string-list'],
      ['level', 'number'],
    ] as const) {
      await client.send(new CreateCustomMetricCommand({ metricName, metricType }))
    }
  })

  const validate = (...behaviors: object[]) =>
    client.send(new ValidateSecurityProfileBehaviorsCommand({ behaviors: behaviors as Behavior[] }))

  test.each(FAULTS)('%s: not valid, and refused', async (_what, behavior, message) => {
    const { valid, validationErrors } = await validate(behavior)
    expect(valid).toBe(false)
    expect(validationErrors?.map(({ errorMessage }) => errorMessage)).toContain(message)
    const refusal = {
      name: 'InvalidRequestException',
      message: expect.stringContaining(message) as string,
      $metadata: { httpStatusCode: 400 },
    }
    const behaviors = [behavior as Behavior]
    await expect(make({ behaviors })).rejects.toMatchObject(refusal)
    await make()
    await expect(update({ behaviors })).rejects.toMatchObject(refusal)
    expect(await describeIt()).toMatchObject({ version: 1 })
  })

  test('those of the guide are valid', async () => {
    const behaviors = [
      ML,
      STATIC,
      {
        name: 'level',
        metric: 'level',
        criteria: { comparisonOperator: 'greater-than', value: { number: 75 } },
      },
      {
        name: 'level-as-count',
        metric: 'level',
        criteria: { comparisonOperator: 'less-than', value: { count: 80 }, durationSeconds: 300 },
      },
      { ...ML, name: 'level-learned', metric: 'level' },
      {
        name: 'words',
        metric: 'strings',
        criteria: { comparisonOperator: 'in-set', value: { strings: ['a'] } },
      },
      {
        name: 'OutRate',
        metric: 'aws:num-messages-sent',
        criteria: {
          comparisonOperator: 'less-than-equals',
          statisticalThreshold: { statistic: 'p99' },
          durationSeconds: 300,
        },
      },
    ]
    const { valid, validationErrors } = await validate(...behaviors)
    expect({ valid, validationErrors }).toEqual({ valid: true, validationErrors: [] })
  })

  test('what is no behavior at all is refused by its type', async () => {
    await expect(validate({ name: 1 })).rejects.toMatchObject({
      message:
        "1 validation error detected: Value '1' at 'behaviors.1.member.name' failed to satisfy constraint: Member must be a string",
    })
  })

  test('what they use cannot be deleted', async () => {
    await client.send(
      new CreateDimensionCommand({ name: 'D', type: 'TOPIC_FILTER', stringValues: ['a/#'] }),
    )
    await make({
      behaviors: [{ ...ML, metricDimension: { dimensionName: 'D', operator: 'IN' } }],
      additionalMetricsToRetainV2: [{ metric: 'level' }],
    })
    await expect(client.send(new DeleteDimensionCommand({ name: 'D' }))).rejects.toMatchObject({
      message: 'Dimension D is used by security profile p',
    })
    const refused = client.send(new DeleteCustomMetricCommand({ metricName: 'level' }))
    await expect(refused).rejects.toMatchObject({ name: 'InvalidRequestException' })
    const list = (input: object) => client.send(new ListSecurityProfilesCommand(input))
    const found = { securityProfileIdentifiers: [{ name: 'p', arn: ARN }] }
    expect(await list({ metricName: 'level' })).toMatchObject(found)
    expect(await list({ dimensionName: 'D' })).toMatchObject(found)
    expect((await list({ metricName: 'strings' })).securityProfileIdentifiers).toEqual([])
    await expect(list({ metricName: 'level', dimensionName: 'D' })).rejects.toMatchObject({
      name: 'InvalidRequestException',
    })
    await remove()
    await client.send(new DeleteDimensionCommand({ name: 'D' }))
    await client.send(new DeleteCustomMetricCommand({ metricName: 'level' }))
  })
})

describe('targets', () => {
  const target = (name: string) => `arn:aws:iot:eu-west-1:123456789012:${name}`
  const attach = (to: string, securityProfileName = 'p') =>
    client.send(
      new AttachSecurityProfileCommand({
        securityProfileName,
        securityProfileTargetArn: target(to),
      }),
    )
  const detach = (from: string) =>
    client.send(
      new DetachSecurityProfileCommand({
        securityProfileName: 'p',
        securityProfileTargetArn: target(from),
      }),
    )
  const targets = async () => {
    const answer = await client.send(
      new ListTargetsForSecurityProfileCommand({ securityProfileName: 'p' }),
    )
    return answer.securityProfileTargets?.map(({ arn }) => arn)
  }

  beforeEach(async () => {
    await make()
    group(api.store, 'hall', 'hall/door', 'door/lock', 'attic')
  })

  test('are attached and detached, twice as well as once', async () => {
    const before = api.changes()
    await attach('thinggroup/hall')
    await attach('thinggroup/hall')
    await attach('all/registered-things')
    expect(await targets()).toEqual([target('all/registered-things'), target('thinggroup/hall')])
    await detach('thinggroup/hall')
    await detach('thinggroup/hall')
    expect(await targets()).toEqual([target('all/registered-things')])
    expect(api.changes() - before).toBe(3)
  })

  test.each([
    ['thinggroup/nope', 'ResourceNotFoundException'],
    ['thing/lamp', 'InvalidRequestException'],
    ['all/nothing', 'InvalidRequestException'],
  ])('%s is none', async (name, error) => {
    await expect(attach(name)).rejects.toMatchObject({ name: error })
  })

  test('of another account are none', async () => {
    const elsewhere = new AttachSecurityProfileCommand({
      securityProfileName: 'p',
      securityProfileTargetArn: 'arn:aws:iot:eu-west-1:999999999999:all/things',
    })
    await expect(client.send(elsewhere)).rejects.toMatchObject({ name: 'InvalidRequestException' })
  })

  test('have at most five profiles', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await make({ securityProfileName: name })
    for (const name of ['a', 'b', 'c', 'd', 'e']) await attach('all/things', name)
    await expect(attach('all/things', 'f')).rejects.toMatchObject({
      name: 'LimitExceededException',
      $metadata: { httpStatusCode: 410 },
    })
    await attach('all/things', 'a')
  })

  test('are asked for their profiles, with the groups below them', async () => {
    await make({ securityProfileName: 'q' })
    await attach('thinggroup/hall')
    await attach('thinggroup/lock')
    await attach('thinggroup/hall', 'q')
    await attach('thinggroup/attic')
    const found = async (recursive: boolean): Promise<string[]> => {
      const mappings: string[] = []
      let nextToken: string | undefined
      do {
        const page = await client.send(
          new ListSecurityProfilesForTargetCommand({
            securityProfileTargetArn: target('thinggroup/hall'),
            recursive,
            maxResults: 1,
            nextToken,
          }),
        )
        for (const { securityProfileIdentifier, target } of page.securityProfileTargetMappings!) {
          mappings.push(`${securityProfileIdentifier?.name} ${target?.arn?.split(':').at(-1)}`)
        }
        nextToken = page.nextToken
      } while (nextToken !== undefined)
      return mappings
    }
    expect(await found(false)).toEqual(['p thinggroup/hall', 'q thinggroup/hall'])
    expect(await found(true)).toEqual([
      'p thinggroup/hall',
      'q thinggroup/hall',
      'p thinggroup/lock',
    ])
  })
})
