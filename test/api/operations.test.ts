import * as sdk from '@aws-sdk/client-iot'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ALL_OPERATIONS } from '../../src/api/operation.ts'
import { type Declaration, OPERATIONS } from '../../src/api/operations.ts'
import { CASES, makeWorld } from './operation-cases.ts'
import { ADMIN, READER, type RunningApi, runApi } from './running-api.ts'

let api: RunningApi
beforeEach(async () => {
  api = await runApi()
  makeWorld(api.store)
})
afterEach(async () => {
  await api.close()
  expect(api.faults).toEqual([])
})

function command(name: string, input: object): sdk.ListThingsCommand {
  const commands = sdk as unknown as Record<string, new (input: object) => sdk.ListThingsCommand>
  return new commands[`${name}Command`]!(input)
}

test('the table holds all operations there are to be', () => {
  expect(ALL_OPERATIONS).toHaveLength(35 + 18 + 7)
  expect(Object.keys(CASES).sort()).toEqual(ALL_OPERATIONS.map(({ name }) => name).sort())
})

describe.each(ALL_OPERATIONS)('$name', ({ name, output, reads }) => {
  const { ok, answers, refused, error } = CASES[name]

  test('answers the SDK', async () => {
    const { $metadata, ...answer } = await api.client().send(command(name, ok))
    expect($metadata.httpStatusCode).toBe(200)
    expect($metadata.requestId).toMatch(/^[0-9a-f-]{36}$/)
    const expected = answers === '' ? [] : answers.split(' ')
    expect(Object.keys(answer)).toEqual(expect.arrayContaining(expected))
    const declared = output.map((member) => member.name)
    for (const member of Object.keys(answer)) expect(declared).toContain(member)
  })

  test('refuses what it cannot do, with an error of its own list', async () => {
    const { errors } = OPERATIONS[name] as Declaration
    const own = `InvalidRequest Throttling InternalFailure ${errors}`.trim().split(' ')
    expect(own.map((type) => `${type}Exception`)).toContain(error)
    const before = api.changes()
    await expect(api.client().send(command(name, refused))).rejects.toMatchObject({ name: error })
    expect(api.changes()).toBe(before)
  })

  test(`is ${reads ? 'open' : 'closed'} to read-only keys`, async () => {
    const asked = api.client(READER).send(command(name, ok))
    if (reads) await asked
    else {
      await expect(asked).rejects.toMatchObject({
        name: 'AccessDeniedException',
        message: `User: arn:aws:iam::123456789012:user/${READER.accessKeyId} is not authorized to perform: iot:${name}`,
        $metadata: { httpStatusCode: 403 },
      })
    }
  })

  test('is closed to those who sign with another secret', async () => {
    const stranger = api.client({ ...ADMIN, secretAccessKey: 'another-secret-altogether' })
    await expect(stranger.send(command(name, ok))).rejects.toMatchObject({
      name: 'InvalidSignatureException',
    })
  })
})
