import {
  AddThingToThingGroupCommand,
  type AddThingToThingGroupCommandInput,
  CreateThingCommand,
  CreateThingGroupCommand,
  type CreateThingGroupCommandInput,
  DeleteThingCommand,
  DeleteThingGroupCommand,
  DescribeThingGroupCommand,
  type IoTClient,
  ListThingGroupsForThingCommand,
  paginateListThingGroups,
  paginateListThingGroupsForThing,
  paginateListThingsInThingGroup,
  type ListThingGroupsCommandInput,
  ListThingGroupsCommand,
  ListThingsInThingGroupCommand,
  RemoveThingFromThingGroupCommand,
  UpdateThingGroupCommand,
  UpdateThingGroupsForThingCommand,
} from '@aws-sdk/client-iot'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
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

const arnOf = (name: string) => `arn:aws:iot:eu-west-1:123456789012:thinggroup/${name}`
const thingArnOf = (name: string) => `arn:aws:iot:eu-west-1:123456789012:thing/${name}`

const create = (thingGroupName: string, more: Partial<CreateThingGroupCommandInput> = {}) =>
  client.send(new CreateThingGroupCommand({ thingGroupName, ...more }))
const within = (parentGroupName: string) => ({ parentGroupName })
const describeGroup = (thingGroupName: string) =>
  client.send(new DescribeThingGroupCommand({ thingGroupName }))
const things = async (...names: string[]) => {
  for (const thingName of names) await client.send(new CreateThingCommand({ thingName }))
}
const add = (input: AddThingToThingGroupCommandInput) =>
  client.send(new AddThingToThingGroupCommand(input))
const put = (thingGroupName: string, thingName: string) => add({ thingGroupName, thingName })

async function list(input: ListThingGroupsCommandInput, pageSize = 2): Promise<string[]> {
  const names: string[] = []
  for await (const page of paginateListThingGroups({ client, pageSize }, input)) {
    expect(page.thingGroups!.length).toBeLessThanOrEqual(pageSize)
    for (const { groupName, groupArn } of page.thingGroups!) {
      expect(groupArn).toBe(arnOf(groupName!))
      names.push(groupName!)
    }
  }
  return names
}

async function members(thingGroupName: string, recursive: boolean): Promise<string[]> {
  const names: string[] = []
  const input = { thingGroupName, recursive }
  for await (const page of paginateListThingsInThingGroup({ client, pageSize: 2 }, input)) {
    names.push(...page.things!)
  }
  return names
}

describe('a thing group', () => {
  const properties = {
    thingGroupDescription: 'all of it',
    attributePayload: { attributes: { b: '2', a: '1' } },
  }

  test('is made and described', async () => {
    const made = await create('house', { thingGroupProperties: properties })
    expect(made).toMatchObject({ thingGroupName: 'house', thingGroupArn: arnOf('house') })
    expect(made.thingGroupId).toMatch(/^[0-9a-f-]{36}$/)
    await create('floor', within('house'))
    await create('room', within('floor'))
    const house = await describeGroup('house')
    expect(house).toMatchObject({
      thingGroupName: 'house',
      thingGroupId: made.thingGroupId,
      thingGroupArn: arnOf('house'),
      version: 1,
      thingGroupProperties: properties,
    })
    expect(house.thingGroupMetadata!.creationDate).toBeInstanceOf(Date)
    expect(house.thingGroupMetadata!.parentGroupName).toBeUndefined()
    expect(house.thingGroupMetadata!.rootToParentThingGroups).toEqual([])
    expect((await describeGroup('room')).thingGroupMetadata).toMatchObject({
      parentGroupName: 'floor',
      rootToParentThingGroups: [
        { groupName: 'house', groupArn: arnOf('house') },
        { groupName: 'floor', groupArn: arnOf('floor') },
      ],
    })
  })

  test('is made again when it is the same, and refused when it is not', async () => {
    await create('house')
    const first = await create('floor', { ...within('house'), thingGroupProperties: properties })
    const again = await create('floor', { ...within('house'), thingGroupProperties: properties })
    expect(again.thingGroupId).toBe(first.thingGroupId)
    for (const other of [within('house'), { thingGroupProperties: properties }]) {
      await expect(create('floor', other)).rejects.toMatchObject({
        name: 'ResourceAlreadyExistsException',
        message: 'Thing Group floor already exists in current account with different properties',
        resourceId: 'floor',
        resourceArn: arnOf('floor'),
        $metadata: { httpStatusCode: 409 },
      })
    }
    await expect(create('attic', within('none'))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Thing group none does not exist',
    })
    await expect(describeGroup('attic')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
  })

  test('is updated, and counts its versions', async () => {
    await create('house', { thingGroupProperties: properties })
    const update = (thingGroupProperties: object, expectedVersion?: number) =>
      client.send(
        new UpdateThingGroupCommand({
          thingGroupName: 'house',
          thingGroupProperties,
          ...(expectedVersion === undefined ? {} : { expectedVersion }),
        }),
      )
    const merged = { attributes: { a: '', c: '3' }, merge: true }
    expect(await update({ attributePayload: merged }, 1)).toMatchObject({ version: 2 })
    expect((await describeGroup('house')).thingGroupProperties).toEqual({
      thingGroupDescription: 'all of it',
      attributePayload: { attributes: { b: '2', c: '3' } },
    })
    await update({ thingGroupDescription: 'new', attributePayload: { attributes: { z: '9' } } })
    expect(await describeGroup('house')).toMatchObject({
      version: 3,
      thingGroupProperties: {
        thingGroupDescription: 'new',
        attributePayload: { attributes: { z: '9' } },
      },
    })
    await expect(update({}, 1)).rejects.toMatchObject({
      name: 'VersionConflictException',
      message: 'The version of thing group house is 3, expectedVersion is 1',
    })
  })

  test('is deleted when it has no children', async () => {
    await create('house')
    await create('floor', within('house'))
    await things('t')
    await put('floor', 't')
    const remove = (thingGroupName: string, expectedVersion = 1) =>
      client.send(new DeleteThingGroupCommand({ thingGroupName, expectedVersion }))
    await expect(remove('house')).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: 'Cannot delete thing group : house when there are still child groups attached to it',
      $metadata: { httpStatusCode: 400 },
    })
    await expect(remove('floor', 2)).rejects.toMatchObject({ name: 'VersionConflictException' })
    await remove('floor')
    await remove('floor')
    await remove('house')
    expect(await list({})).toEqual([])
    const left = await client.send(new ListThingGroupsForThingCommand({ thingName: 't' }))
    expect(left.thingGroups).toEqual([])
  })
})

test('groups are listed by parent, depth and prefix', async () => {
  await create('a')
  for (const [name, parent] of [
    ['b1', 'a'],
    ['b2', 'a'],
    ['c1', 'b1'],
    ['d1', 'c1'],
  ] as const) {
    await create(name, within(parent))
  }
  await create('b3')
  expect(await list({})).toEqual(['a', 'b1', 'b2', 'b3', 'c1', 'd1'])
  expect(await list({ recursive: true })).toEqual(['a', 'b1', 'b2', 'b3', 'c1', 'd1'])
  expect(await list({ recursive: false })).toEqual(['a', 'b3'])
  expect(await list({ parentGroup: 'a' })).toEqual(['b1', 'b2'])
  expect(await list({ parentGroup: 'a', recursive: true })).toEqual(['b1', 'b2', 'c1', 'd1'])
  expect(await list({ parentGroup: 'd1', recursive: true })).toEqual([])
  expect(await list({ namePrefixFilter: 'b' })).toEqual(['b1', 'b2', 'b3'])
  expect(await list({ parentGroup: 'a', namePrefixFilter: 'b2' })).toEqual(['b2'])
  await expect(list({ parentGroup: 'none' })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })
  const { nextToken } = await client.send(new ListThingGroupsCommand({ maxResults: 1 }))
  await expect(
    client.send(new ListThingGroupsCommand({ parentGroup: 'a', nextToken })),
  ).rejects.toMatchObject({ name: 'InvalidRequestException' })
})

describe('members', () => {
  beforeEach(async () => {
    await create('a')
    await create('b', within('a'))
    await create('c', within('a'))
    await create('x')
    await things('t1', 't2', 't3', 't4', 't5')
  })

  test('join by name or ARN, once or twice, and leave', async () => {
    const before = api.changes()
    await put('x', 't1')
    await put('x', 't1')
    await add({
      thingGroupArn: arnOf('x'),
      thingArn: thingArnOf('t2'),
      overrideDynamicGroups: true,
    })
    await add({
      thingGroupName: 'x',
      thingGroupArn: arnOf('x'),
      thingName: 't3',
      thingArn: thingArnOf('t3'),
    })
    expect(await members('x', false)).toEqual(['t1', 't2', 't3'])
    const leave = { thingGroupName: 'x', thingArn: thingArnOf('t2') }
    await client.send(new RemoveThingFromThingGroupCommand(leave))
    await client.send(new RemoveThingFromThingGroupCommand(leave))
    await client.send(new DeleteThingCommand({ thingName: 't3' }))
    expect(await members('x', false)).toEqual(['t1'])
    expect(api.changes() - before).toBe(5)
  })

  test.each<[AddThingToThingGroupCommandInput, string, RegExp]>([
    [{ thingName: 't1' }, 'InvalidRequest', /thingGroupName or thingGroupArn is missing/],
    [{ thingGroupName: 'x' }, 'InvalidRequest', /thingName or thingArn is missing/],
    [
      { thingGroupName: 'x', thingName: 't1', thingArn: thingArnOf('t2') },
      'InvalidRequest',
      /"t1" and thingArn ".*t2" name two different ones/,
    ],
    [
      { thingGroupName: 'x', thingArn: arnOf('x') },
      'InvalidRequest',
      /thingArn ".*" names none of this account/,
    ],
    [
      { thingGroupArn: 'arn:aws:iot:us-east-1:123456789012:thinggroup/x', thingName: 't1' },
      'InvalidRequest',
      /names none of this account/,
    ],
    [{ thingGroupName: 'none', thingName: 't1' }, 'ResourceNotFound', /group none does not exist/],
    [{ thingGroupName: 'x', thingName: 'none' }, 'ResourceNotFound', /Thing none does not exist/],
    [{ thingGroupName: 'x', thingArn: thingArnOf('none') }, 'ResourceNotFound', /Thing none/],
  ])('%o is refused', async (input, type, message) => {
    const refusal = { name: `${type}Exception`, message: expect.stringMatching(message) as string }
    await expect(add(input)).rejects.toMatchObject(refusal)
    await expect(client.send(new RemoveThingFromThingGroupCommand(input))).rejects.toMatchObject(
      refusal,
    )
  })

  test('are in one group of a hierarchy, and in ten groups', async () => {
    await put('b', 't1')
    for (const group of ['a', 'c']) {
      await expect(put(group, 't1')).rejects.toMatchObject({
        name: 'InvalidRequestException',
        message: `Thing t1 is in b already, a group of the same hierarchy as ${group}`,
      })
    }
    for (let i = 0; i < 9; i++) {
      await create(`g${i}`)
      await put(`g${i}`, 't1')
    }
    await expect(put('x', 't1')).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: 'Thing t1 is in 10 groups already, the most there may be',
    })
    await put('b', 't1')
    const groups: string[] = []
    const paged = paginateListThingGroupsForThing({ client, pageSize: 4 }, { thingName: 't1' })
    for await (const page of paged) {
      groups.push(...page.thingGroups!.map(({ groupName }) => groupName!))
    }
    expect(groups).toEqual(['b', ...Array.from({ length: 9 }, (_, i) => `g${i}`)])
  })

  test('of child groups are members too, when asked', async () => {
    await put('a', 't5')
    await put('b', 't2')
    await put('c', 't1')
    await put('c', 't4')
    await put('x', 't3')
    expect(await members('a', true)).toEqual(['t1', 't2', 't4', 't5'])
    expect(await members('a', false)).toEqual(['t5'])
    await expect(
      client.send(new ListThingsInThingGroupCommand({ thingGroupName: 'none' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    await expect(
      client.send(new ListThingGroupsForThingCommand({ thingName: 'none' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })

  test('move from group to group, all or nothing', async () => {
    const move = (thingGroupsToAdd: string[], thingGroupsToRemove: string[]) =>
      client.send(
        new UpdateThingGroupsForThingCommand({
          thingName: 't1',
          thingGroupsToAdd,
          thingGroupsToRemove,
        }),
      )
    await put('b', 't1')
    await move(['c', 'x'], ['b'])
    expect([
      await members('b', false),
      await members('c', false),
      await members('x', false),
    ]).toEqual([[], ['t1'], ['t1']])
    await expect(move(['b'], ['x'])).rejects.toMatchObject({ name: 'InvalidRequestException' })
    await expect(move(['none'], ['x'])).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
    expect(await members('x', false)).toEqual(['t1'])
    await expect(
      client.send(new UpdateThingGroupsForThingCommand({ thingGroupsToAdd: ['x'] })),
    ).rejects.toMatchObject({ name: 'InvalidRequestException', message: 'thingName is missing' })
  })
})
