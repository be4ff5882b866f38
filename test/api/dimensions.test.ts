import {
  CreateDimensionCommand,
  DeleteDimensionCommand,
  DescribeDimensionCommand,
  paginateListDimensions,
  UpdateDimensionCommand,
} from '@aws-sdk/client-iot'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningApi, runApi } from './running-api.ts'

let api: RunningApi
beforeAll(async () => {
  api = await runApi({ clock: { now: () => Date.now() } })
})
afterAll(() => api.close())

test('a dimension is made, described, updated and deleted', async () => {
  const client = api.client()
  const arn = 'arn:aws:iot:eu-west-1:123456789012:dimension/Auth'
  const stringValues = ['device/+/auth']
  const made = await client.send(
    new CreateDimensionCommand({ name: 'Auth', type: 'TOPIC_FILTER', stringValues }),
  )
  expect(made).toMatchObject({ name: 'Auth', arn })
  const described = await client.send(new DescribeDimensionCommand({ name: 'Auth' }))
  expect(described).toMatchObject({ name: 'Auth', arn, type: 'TOPIC_FILTER', stringValues })
  expect(described.creationDate).toBeInstanceOf(Date)
  const updated = await client.send(
    new UpdateDimensionCommand({ name: 'Auth', stringValues: ['a/#'] }),
  )
  expect(updated.stringValues).toEqual(['a/#'])
  await client.send(new DeleteDimensionCommand({ name: 'Auth' }))
  await expect(client.send(new DescribeDimensionCommand({ name: 'Auth' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'Dimension Auth does not exist',
    $metadata: { httpStatusCode: 404 },
  })
})

test('dimensions are listed page by page', async () => {
  const client = api.client()
  const names = ['a', 'b', 'c', 'd', 'e']
  for (const name of names) {
    await client.send(
      new CreateDimensionCommand({ name, type: 'TOPIC_FILTER', stringValues: ['x'] }),
    )
  }
  const pages: string[][] = []
  for await (const page of paginateListDimensions({ client, pageSize: 2 }, {})) {
    pages.push(page.dimensionNames ?? [])
  }
  expect(pages).toEqual([['a', 'b'], ['c', 'd'], ['e']])
})

test.each(['a/#/b', 'a+/b', ''])('the topic filter %o is refused', async (filter) => {
  const command = new CreateDimensionCommand({
    name: 'Bad',
    type: 'TOPIC_FILTER',
    stringValues: ['a/#', filter],
  })
  await expect(api.client().send(command)).rejects.toMatchObject({
    name: 'InvalidRequestException',
  })
})
