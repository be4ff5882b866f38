import {
  CreateThingCommand,
  DeleteThingCommand,
  DescribeThingCommand,
  type IoTClient,
  ListThingsCommand,
  type ListThingsCommandInput,
  paginateListThings,
  UpdateThingCommand,
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

const attributes = { room: 'hall', watts: '9' }
const lamp = {
  thingName: 'lamp',
  thingTypeName: 'bulb',
  billingGroupName: 'home',
  attributePayload: { attributes },
}
const ARN = 'arn:aws:iot:eu-west-1:123456789012:thing/lamp'

const described = () => client.send(new DescribeThingCommand({ thingName: 'lamp' }))
const update = (input: object) =>
  client.send(new UpdateThingCommand({ thingName: 'lamp', ...input }))

describe('a thing', () => {
  test('is made and described', async () => {
    const made = await client.send(new CreateThingCommand(lamp))
    expect(made).toMatchObject({ thingName: 'lamp', thingArn: ARN })
    expect(made.thingId).toMatch(/^[0-9a-f-]{36}$/)
    expect(await described()).toMatchObject({
      thingName: 'lamp',
      defaultClientId: 'lamp',
      thingArn: ARN,
      thingId: made.thingId,
      thingTypeName: 'bulb',
      billingGroupName: 'home',
      attributes,
      version: 1,
    })
    expect(api.changes()).toBe(1)
  })

  test('is made again when it is the same, and refused when it is not', async () => {
    const first = await client.send(new CreateThingCommand(lamp))
    const other = { attributePayload: { attributes: { watts: '9', room: 'hall', empty: '' } } }
    const again = await client.send(new CreateThingCommand({ ...lamp, ...other }))
    expect(again.thingId).toBe(first.thingId)
    for (const changed of [{ thingTypeName: 'tube' }, { attributePayload: {} }]) {
      await expect(
        client.send(new CreateThingCommand({ ...lamp, ...changed })),
      ).rejects.toMatchObject({
        name: 'ResourceAlreadyExistsException',
        message: 'Thing lamp already exists in account with different properties',
        resourceId: 'lamp',
        resourceArn: ARN,
        $metadata: { httpStatusCode: 409 },
      })
    }
    expect((await described()).version).toBe(1)
    expect(api.changes()).toBe(1)
  })

  test('has its attributes merged or replaced, and counts its versions', async () => {
    await client.send(new CreateThingCommand(lamp))
    await update({ attributePayload: { attributes: { watts: '', floor: '2' }, merge: true } })
    expect(await described()).toMatchObject({
      attributes: { floor: '2', room: 'hall' },
      version: 2,
    })
    await update({ attributePayload: { attributes: { floor: '3' } }, expectedVersion: 2 })
    expect(await described()).toMatchObject({ attributes: { floor: '3' }, thingTypeName: 'bulb' })
    await update({ removeThingType: true })
    const last = await described()
    expect(last).toMatchObject({ attributes: { floor: '3' }, version: 4 })
    expect(last.thingTypeName).toBeUndefined()
    await update({ thingTypeName: 'tube' })
    expect((await described()).thingTypeName).toBe('tube')
    expect(api.changes()).toBe(1)
  })

  test('is not updated by those who know it otherwise', async () => {
    await client.send(new CreateThingCommand(lamp))
    await expect(update({ expectedVersion: 7 })).rejects.toMatchObject({
      name: 'VersionConflictException',
      message: 'The version of thing lamp is 1, expectedVersion is 7',
      $metadata: { httpStatusCode: 409 },
    })
    await expect(
      client.send(new DeleteThingCommand({ thingName: 'lamp', expectedVersion: 2 })),
    ).rejects.toMatchObject({ name: 'VersionConflictException' })
    await expect(update({ removeThingType: true, thingTypeName: 'x' })).rejects.toMatchObject({
      name: 'InvalidRequestException',
      $metadata: { httpStatusCode: 400 },
    })
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`a${i}`, 'v']))
    await expect(update({ attributePayload: { attributes: many } })).rejects.toMatchObject({
      message: 'There would be 51 attributes, at most 50 are allowed',
    })
    await expect(
      update({ attributePayload: { attributes: { 'a b': 'v' } } }),
    ).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: expect.stringMatching(/attributes/) as string,
    })
    expect(await described()).toMatchObject({ version: 1, attributes })
  })

  test('is deleted, once or twice', async () => {
    await client.send(new CreateThingCommand(lamp))
    await client.send(new DeleteThingCommand({ thingName: 'lamp', expectedVersion: 1 }))
    await client.send(new DeleteThingCommand({ thingName: 'lamp', expectedVersion: 1 }))
    for (const asked of [described(), update({})]) {
      await expect(asked).rejects.toMatchObject({
        name: 'ResourceNotFoundException',
        message: 'Thing lamp does not exist',
        $metadata: { httpStatusCode: 404 },
      })
    }
    expect(api.changes()).toBe(2)
  })

  test.each(['a b', 'a/b', 'é', 'x'.repeat(129)])('is not called %s', async (thingName) => {
    await expect(client.send(new CreateThingCommand({ thingName }))).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: expect.stringMatching(/thingName/) as string,
    })
  })
})

describe('things are listed', () => {
  beforeEach(async () => {
    for (const i of [1, 2, 3, 4, 5]) {
      await client.send(
        new CreateThingCommand({
          thingName: `t${i}`,
          ...(i % 2 === 0 ? { thingTypeName: 'even' } : {}),
          attributePayload: { attributes: { floor: i < 4 ? '10' : '11', [`only${i}`]: 'x' } },
        }),
      )
    }
  })

  async function list(input: ListThingsCommandInput, pageSize: number): Promise<string[][]> {
    const pages: string[][] = []
    for await (const { things } of paginateListThings({ client, pageSize }, input)) {
      pages.push((things ?? []).map(({ thingName }) => thingName!))
    }
    return pages
  }

  test.each<[ListThingsCommandInput, string[][]]>([
    [{}, [['t1', 't2'], ['t3', 't4'], ['t5']]],
    [{ thingTypeName: 'even' }, [['t2', 't4']]],
    [{ attributeName: 'floor', attributeValue: '10' }, [['t1', 't2'], ['t3']]],
    [{ attributeName: 'floor', attributeValue: '1' }, [[]]],
    [
      { attributeName: 'floor', attributeValue: '1', usePrefixAttributeValue: true },
      [['t1', 't2'], ['t3', 't4'], ['t5']],
    ],
    [{ attributeName: 'floor', attributeValue: '10', thingTypeName: 'even' }, [['t2']]],
    [{ attributeName: 'only4' }, [['t4']]],
    [{ attributeName: 'none' }, [[]]],
  ])('by %o', async (input, pages) => {
    expect(await list(input, 2)).toEqual(pages)
  })

  test('whole, with what they are', async () => {
    const { things, nextToken } = await client.send(
      new ListThingsCommand({ thingTypeName: 'even', maxResults: 1 }),
    )
    expect(things).toEqual([
      {
        thingName: 't2',
        thingTypeName: 'even',
        thingArn: 'arn:aws:iot:eu-west-1:123456789012:thing/t2',
        attributes: { floor: '10', only2: 'x' },
        version: 1,
      },
    ])
    expect(nextToken).toEqual(expect.any(String))
    await expect(client.send(new ListThingsCommand({ nextToken }))).rejects.toMatchObject({
      name: 'InvalidRequestException',
    })
  })

  test('not by a value without a name', async () => {
    await expect(client.send(new ListThingsCommand({ attributeValue: 'x' }))).rejects.toMatchObject(
      {
        name: 'InvalidRequestException',
        message: 'attributeValue needs an attributeName',
      },
    )
  })
})
