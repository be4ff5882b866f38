import {
  AttachPolicyCommand,
  CreateDimensionCommand,
  CreatePolicyCommand,
  CreateThingGroupCommand,
  DeletePolicyCommand,
  DeleteThingGroupCommand,
  DescribeEndpointCommand,
  DetachPolicyCommand,
  GetPolicyCommand,
  type IoTClient,
  ListAttachedPoliciesCommand,
  ListTagsForResourceCommand,
  paginateListAttachedPolicies,
  type Tag,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-iot'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { READER, type RunningApi, runApi } from './running-api.ts'

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

const ACCOUNT = 'arn:aws:iot:eu-west-1:123456789012'
const GROUP = `${ACCOUNT}:thinggroup/house`
const CERTIFICATE = `${ACCOUNT}:cert/0123abcd`

const group = (thingGroupName: string, more: object = {}) =>
  client.send(new CreateThingGroupCommand({ thingGroupName, ...more }))
const tag = (resourceArn: string, tags: Tag[]) =>
  client.send(new TagResourceCommand({ resourceArn, tags }))
const tags = async (resourceArn: string) =>
  (await client.send(new ListTagsForResourceCommand({ resourceArn }))).tags

describe('tags', () => {
  test('are put on, replaced, listed and taken off', async () => {
    await group('house', { tags: [{ Key: 'team', Value: 'lights' }] })
    expect(await tags(GROUP)).toEqual([{ Key: 'team', Value: 'lights' }])
    await tag(GROUP, [
      { Key: 'team', Value: 'doors' },
      { Key: 'Größe/m²', Value: '' },
    ])
    await tag(GROUP, [{ Key: 'bare', Value: undefined }])
    expect(await tags(GROUP)).toEqual([
      { Key: 'Größe/m²', Value: '' },
      { Key: 'bare', Value: '' },
      { Key: 'team', Value: 'doors' },
    ])
    await client.send(
      new UntagResourceCommand({ resourceArn: GROUP, tagKeys: ['bare', 'none', 'Größe/m²'] }),
    )
    expect(await tags(GROUP)).toEqual([{ Key: 'team', Value: 'doors' }])
  })

  test('go with what they are on', async () => {
    await group('house', { tags: [{ Key: 'a', Value: 'b' }] })
    await client.send(new DeleteThingGroupCommand({ thingGroupName: 'house' }))
    await expect(tags(GROUP)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `${GROUP} does not exist`,
    })
    await group('house')
    expect(await tags(GROUP)).toEqual([])
  })

  test('are on other kinds of things as well', async () => {
    const dimension = { name: 'd', type: 'TOPIC_FILTER', stringValues: ['a/#'] } as const
    await client.send(new CreateDimensionCommand({ ...dimension, stringValues: ['a/#'] }))
    await tag(`${ACCOUNT}:dimension/d`, [{ Key: 'a', Value: 'b' }])
    expect(await tags(`${ACCOUNT}:dimension/d`)).toEqual([{ Key: 'a', Value: 'b' }])
  })

  test('are refused where they cannot be, whole', async () => {
    await group('house')
    for (const arn of [
      'house',
      `${ACCOUNT}:thing/t`,
      `${ACCOUNT}:all/things`,
      CERTIFICATE,
      'arn:aws:iot:us-east-1:123456789012:thinggroup/house',
    ]) {
      await expect(tag(arn, [{ Key: 'a', Value: 'b' }])).rejects.toMatchObject({
        name: 'InvalidRequestException',
        message: expect.stringContaining(arn) as string,
      })
    }
    await expect(
      tag(GROUP, [
        { Key: 'a', Value: '1' },
        { Key: 'a', Value: '2' },
      ]),
    ).rejects.toMatchObject({ message: 'Tag key "a" comes twice' })
    await expect(tag(GROUP, [{ Key: 'aws:x', Value: '1' }])).rejects.toMatchObject({
      message: 'Tag key "aws:x" should not begin with aws:',
    })
    const many = Array.from({ length: 51 }, (_, i) => ({ Key: `k${i}`, Value: 'v' }))
    await tag(GROUP, many.slice(0, 50))
    await expect(tag(GROUP, many.slice(49))).rejects.toMatchObject({
      name: 'LimitExceededException',
      message: `${GROUP} would have 51 tags, at most 50 are allowed`,
      $metadata: { httpStatusCode: 410 },
    })
    expect(await tags(GROUP)).toHaveLength(50)
  })
})

describe('a policy', () => {
  const policyDocument =
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "iot:*", "Resource": "*"}]}'
  const create = (policyName: string, document = policyDocument) =>
    client.send(new CreatePolicyCommand({ policyName, policyDocument: document }))
  const attach = (policyName: string, target: string) =>
    client.send(new AttachPolicyCommand({ policyName, target }))
  const detach = (policyName: string, target: string) =>
    client.send(new DetachPolicyCommand({ policyName, target }))
  const remove = (policyName: string) => client.send(new DeletePolicyCommand({ policyName }))
  const attached = async (target: string, recursive?: boolean) => {
    const names: string[] = []
    const input = recursive === undefined ? { target } : { target, recursive }
    for await (const page of paginateListAttachedPolicies({ client, pageSize: 1 }, input)) {
      for (const { policyName, policyArn } of page.policies!) {
        expect(policyArn).toBe(`${ACCOUNT}:policy/${policyName}`)
        names.push(policyName!)
      }
    }
    return names
  }

  test('is made and read', async () => {
    const made = await create('Quarantine=1,@x')
    expect(made).toMatchObject({
      policyName: 'Quarantine=1,@x',
      policyArn: `${ACCOUNT}:policy/Quarantine=1,@x`,
      policyDocument,
      policyVersionId: '1',
    })
    const read = await client.send(new GetPolicyCommand({ policyName: 'Quarantine=1,@x' }))
    expect(read).toMatchObject({
      policyName: 'Quarantine=1,@x',
      policyArn: `${ACCOUNT}:policy/Quarantine=1,@x`,
      policyDocument,
      defaultVersionId: '1',
      generationId: expect.any(String) as string,
    })
    expect(read.creationDate).toBeInstanceOf(Date)
    await expect(create('Quarantine=1,@x')).rejects.toMatchObject({
      name: 'ResourceAlreadyExistsException',
      resourceId: 'Quarantine=1,@x',
      $metadata: { httpStatusCode: 409 },
    })
    await expect(client.send(new GetPolicyCommand({ policyName: 'none' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Policy none does not exist',
    })
  })

  test.each([
    ['{', /not JSON/],
    ['[]', /\[\] is no object/],
    ['{}', /it has no Statement/],
    ['{"Version": "2020-01-01", "Statement": [{}]}', /Version "2020-01-01" should be 2012-10-17/],
  ])('is not %s', async (document, message) => {
    await expect(create('p', document)).rejects.toMatchObject({
      name: 'MalformedPolicyException',
      message: expect.stringMatching(message) as string,
      $metadata: { httpStatusCode: 400 },
    })
  })

  test('is attached, listed and detached', async () => {
    await group('house')
    await group('floor', { parentGroupName: 'house' })
    for (const name of ['p', 'q', 'r']) await create(name)
    await attach('p', GROUP)
    await attach('p', GROUP)
    await attach('q', `${ACCOUNT}:thinggroup/floor`)
    await attach('r', CERTIFICATE)
    expect(await attached(GROUP)).toEqual(['p'])
    expect(await attached(`${ACCOUNT}:thinggroup/floor`)).toEqual(['q'])
    expect(await attached(`${ACCOUNT}:thinggroup/floor`, true)).toEqual(['p', 'q'])
    expect(await attached(CERTIFICATE, true)).toEqual(['r'])
    await attach('q', GROUP)
    await expect(attach('r', GROUP)).rejects.toMatchObject({
      name: 'LimitExceededException',
      message: `${GROUP} has 2 policies already, the most there may be`,
    })
    await expect(attach('none', GROUP)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
    await expect(attach('p', `${ACCOUNT}:thinggroup/none`)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Thing group none does not exist',
    })
    await expect(
      client.send(new ListAttachedPoliciesCommand({ target: `${ACCOUNT}:thinggroup/none` })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    await expect(remove('p')).rejects.toMatchObject({
      name: 'DeleteConflictException',
      message: 'Cannot delete policy p: it is attached to something',
      $metadata: { httpStatusCode: 409 },
    })
    await detach('p', GROUP)
    await detach('p', GROUP)
    await detach('none', GROUP)
    await remove('p')
    expect(await attached(GROUP)).toEqual(['q'])
    await expect(remove('p')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })
})

test('the endpoint of everything is the one that was asked', async () => {
  const endpointAddress = `127.0.0.1:${api.port}`
  for (const endpointType of [undefined, 'iot:Data-ATS', 'iot:CredentialProvider']) {
    const input = endpointType === undefined ? {} : { endpointType }
    expect(await client.send(new DescribeEndpointCommand(input))).toMatchObject({ endpointAddress })
  }
  await expect(
    client.send(new DescribeEndpointCommand({ endpointType: 'iot:Nonsense' })),
  ).rejects.toMatchObject({ name: 'InvalidRequestException' })
})

test('a read-only key reads, and changes nothing', async () => {
  await group('house')
  client = api.client(READER)
  expect(await tags(GROUP)).toEqual([])
  for (const denied of [group('floor'), tag(GROUP, [{ Key: 'a', Value: 'b' }])]) {
    await expect(denied).rejects.toMatchObject({
      name: 'AccessDeniedException',
      $metadata: { httpStatusCode: 403 },
    })
  }
})
