import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { ListThingsCommand } from '@aws-sdk/client-iot'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import type { ApiParts } from '../../src/api/api.ts'
import { DEFAULT_LIMITS, type Limits } from '../../src/api/limits.ts'
import { ALL_OPERATIONS } from '../../src/api/operation.ts'
import type { OwnRoute } from '../../src/api/own-routes.ts'
import { ADMIN, READER, type RunningApi, runApi } from './running-api.ts'
import { signedBySdk } from './signed-requests.ts'

let api: RunningApi
afterEach(() => api.close())

async function run(limits: Partial<Limits> = {}, parts: Partial<ApiParts> = {}): Promise<void> {
  api = await runApi({ limits: { ...DEFAULT_LIMITS, ...limits }, ...parts })
}

interface Heard {
  status: number
  headers: Record<string, string>
  body: string
}

/** Writes bytes to a new connection and hears all that comes back until it is closed. */
async function say(...parts: (string | Buffer)[]): Promise<string> {
  const socket = await open()
  for (const part of parts) socket.write(part)
  return await heard(socket)
}

async function open(): Promise<Socket> {
  const socket = connect(api.port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

async function heard(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(socket, 'close')
  return Buffer.concat(chunks).toString()
}

function parse(text: string): Heard {
  const [head, body] = text.split('\r\n\r\n') as [string, string]
  const [line, ...lines] = head.split('\r\n')
  const headers = lines.map((each) => each.split(': ') as [string, string])
  return {
    status: Number(line!.split(' ')[1]),
    headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
    body,
  }
}

async function ask(
  method: string,
  path: string,
  body: string | Buffer = '',
  headers: Record<string, string> = {},
): Promise<Heard> {
  const framed = headers['transfer-encoding'] === undefined && body.length > 0
  const length = framed ? { 'content-length': String(Buffer.byteLength(body)) } : {}
  const asked = request({
    port: api.port,
    host: '127.0.0.1',
    method,
    path,
    agent: false,
    headers: { ...headers, ...length },
  })
  asked.end(body)
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  return {
    status: answer.statusCode!,
    headers: answer.headers as Record<string, string>,
    body: Buffer.concat(chunks).toString(),
  }
}

function expectError({ status, headers, body }: Heard, wanted: number, type: string): string {
  expect([status, headers['x-amzn-errortype']]).toEqual([wanted, `${type}Exception`])
  expect(headers['content-type']).toBe('application/json')
  expect(headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/)
  return (JSON.parse(body) as { message: string }).message
}

describe('whatever is not an operation', () => {
  test.each([
    ['GET', '/'],
    ['GET', '/nope'],
    ['PUT', '/things/lamp'],
    ['OPTIONS', '/things'],
    ['GET', '/security-profiles/'],
    ['GET', '//things'],
    ['GET', '/things/../things'],
  ])('%s %s is answered in JSON', async (method, path) => {
    await run({}, { keys: null })
    const message = expectError(await ask(method, path), 404, 'ResourceNotFound')
    expect(message).toBe(`No operation has ${method} ${path}`)
  })

  test.each([
    ['no HTTP', 'hello\r\n\r\n', 400, 'InvalidRequest'],
    ['a method of its own', 'FETCH / HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'InvalidRequest'],
    [
      'headers without end',
      `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`,
      413,
      'RequestEntityTooLarge',
    ],
    [
      'an expectation',
      'POST /tags HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\nConnection: close\r\n\r\n',
      400,
      'InvalidRequest',
    ],
    ['no host', 'GET /things HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'InvalidRequest'],
    [
      'a host that is none',
      'GET /things HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n',
      400,
      'InvalidRequest',
    ],
  ])('%s is answered in JSON', async (_what, text, status, type) => {
    await run({}, { keys: null })
    expectError(parse(await say(text)), status, type)
    expect(api.faults).toEqual([])
  })

  test('is a body that is no JSON, or no object', async () => {
    await run({}, { keys: null })
    const post = async (body: string) =>
      expectError(await ask('POST', '/custom-metric/m', body), 400, 'InvalidRequest')
    expect(await post('{"a": }')).toBe(
      'The body is not JSON at line 1, column 7: found "}" where a value should be',
    )
    expect(await post('[]')).toBe('The body should be a JSON object')
    expect(await post('['.repeat(200_000))).toContain('The body is not JSON')
  })

  test('is a query that is not percent-encoded UTF-8, or has something twice', async () => {
    await run({}, { keys: null })
    const get = async (query: string) =>
      expectError(await ask('GET', `/things?${query}`), 400, 'InvalidRequest')
    expect(await get('nextToken=%FF')).toContain('which is not percent-encoded UTF-8')
    expect(await get('maxResults=1&maxResults=2')).toBe('The query has "maxResults" more than once')
  })
})

test('whatever is sent to any path is answered in JSON, and is never a fault of the server', async () => {
  await run({}, { keys: null })
  const segments = ALL_OPERATIONS.flatMap(({ path }) => path.split('/')).filter(Boolean)
  const odd = fc.string({ unit: 'binary', maxLength: 20 }).map(encodeURIComponent)
  const bad = fc.constantFrom('%', '%zz', '..', '%2F', '%00', '', '*', 'constructor')
  const paths = fc
    .array(fc.oneof(fc.constantFrom(...segments), odd, bad), { maxLength: 5 })
    .map((parts) => `/${parts.join('/')}`)
  const queries = fc.array(
    fc.tuple(fc.constantFrom('maxResults', 'nextToken', 'recursive', 'x'), fc.oneof(odd, bad)),
  )
  const bodies = fc.oneof(
    fc.json(),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom('', '{', 'null', '{"tags":[{"Key":"\\u0000"}]}'),
  )
  const methods = fc.constantFrom(
    'GET',
    'POST',
    'PUT',
    'PATCH',
    'DELETE',
    'HEAD',
    'OPTIONS',
    'TRACE',
  )
  await fc.assert(
    fc.asyncProperty(methods, paths, queries, bodies, async (method, path, query, body) => {
      const text = query.map((pair) => pair.join('=')).join('&')
      const answer = await ask(method, `${path}?${text}`, method === 'TRACE' ? '' : body)
      expect(answer.status === 200 || (answer.status >= 400 && answer.status < 500)).toBe(true)
      expect(answer.headers['content-type']).toBe('application/json')
      if (method !== 'HEAD') expect(JSON.parse(answer.body)).toBeTypeOf('object')
    }),
    { numRuns: 500 },
  )
  expect(api.faults).toEqual([])
})

test('garbage on the line stops nothing', async () => {
  await run({}, { keys: null })
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
      const socket = await open()
      const closed = heard(socket)
      socket.end(Buffer.from(bytes))
      await closed
    }),
    { numRuns: 50 },
  )
  expect((await ask('GET', '/things')).status).toBe(200)
  expect(api.faults).toEqual([])
})

describe('a body', () => {
  test('that is too long is refused, said or not said before', async () => {
    await run({ body: 1_000 }, { keys: null })
    const body = JSON.stringify({ displayName: 'x'.repeat(2_000) })
    const path = '/custom-metric/m'
    expectError(await ask('POST', path, body), 413, 'RequestEntityTooLarge')
    const chunked = { 'transfer-encoding': 'chunked' }
    expectError(await ask('POST', path, body, chunked), 413, 'RequestEntityTooLarge')
  })

  test('shares its room with all others under way, and gives it back', async () => {
    await run({ bodies: 100 }, { keys: null })
    const body = JSON.stringify({ thingTypeName: 'x'.repeat(30) })
    const held = await open()
    held.write('POST /things/held HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90\r\n\r\n')
    held.write('x'.repeat(80))
    // Until the server has heard the other connection.
    const asked = async (): Promise<number> => (await ask('POST', '/things/lamp', body)).status
    await expect.poll(asked, { timeout: 20_000 }).toBe(503)
    held.end('x'.repeat(10))
    expect(parse(await heard(held)).status).toBe(400)
    for (let i = 0; i < 5; i++) expect((await ask('POST', '/things/lamp', body)).status).toBe(200)
  })

  test('that does not come is not waited for', async () => {
    await run({ requestMs: 50 }, { keys: null })
    const head =
      'POST /tags HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\nConnection: close\r\n\r\n'
    expectError(parse(await say(head, '{')), 408, 'RequestTimeout')
  })

  test('of a stranger is not read', async () => {
    await run({ requestMs: 60_000 })
    const head =
      'POST /tags HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\nConnection: close\r\n\r\n'
    expectError(parse(await say(head)), 403, 'MissingAuthenticationToken')
  })
})

test('headers that do not come are not waited for', async () => {
  await run({ headersMs: 50 })
  expectError(parse(await say('GET /things HTTP/1.1\r\nHost:')), 408, 'RequestTimeout')
})

test('connections that do nothing are closed', async () => {
  await run({ idleMs: 50 })
  expect(await say('')).toBe('')
})

test('there are only so many connections', async () => {
  await run({ connections: 2 }, { keys: null })
  const held = [await open(), await open()]
  expect(await say('GET /things HTTP/1.1\r\nHost: localhost\r\n\r\n')).toBe('')
  for (const socket of held) socket.destroy()
})

describe('requests per key', () => {
  let now = Date.now()
  const clock = { now: () => now }

  test('come at a rate, each key at its own', async () => {
    await run({ rate: { perSecond: 1, burst: 2 } }, { clock })
    const list = (client = api.client()) => client.send(new ListThingsCommand({}))
    const admin = api.client()
    await list(admin)
    await list(admin)
    await expect(list(admin)).rejects.toMatchObject({
      name: 'ThrottlingException',
      $metadata: { httpStatusCode: 400 },
    })
    await list(api.client(READER))
    now += 1_000
    await list(admin)
    await expect(list(admin)).rejects.toMatchObject({ name: 'ThrottlingException' })
  })

  test('may be those of AWS, per operation', async () => {
    await run({ rate: 'aws' }, { clock, keys: null })
    const statuses = async (path: string, times: number) => {
      const answers = []
      for (let i = 0; i < times; i++) answers.push((await ask('GET', path)).status)
      return answers.filter((status) => status === 200).length
    }
    expect(await statuses('/things', 12)).toBe(10)
    expect(await statuses('/dimensions', 12)).toBe(10)
    expect(
      await statuses(
        '/metric-values?thingName=a&metricName=aws%3Anum-disconnects&startTime=2026-01-01T00%3A00%3A00Z&endTime=2026-01-01T00%3A00%3A00Z',
        20,
      ),
    ).toBe(15)
  })
})

describe('own routes', () => {
  const route = (needs: OwnRoute['needs'], method: 'GET' | 'POST' = 'GET'): OwnRoute => ({
    method,
    path: `/own/${needs}`,
    needs,
    parameters: ['format', 'thing'],
    async handle(incoming, outgoing) {
      let bytes = 0
      for await (const chunk of incoming) bytes += (chunk as Buffer).length
      outgoing.end(String(bytes))
    },
  })

  test('ask for what they need', async () => {
    await run({}, { own: [route('nothing'), route('read'), route('write')] })
    expect((await ask('GET', '/own/nothing')).body).toBe('0')
    expectError(await ask('GET', '/own/read'), 403, 'MissingAuthenticationToken')
    expectError(await ask('POST', '/own/nothing'), 404, 'ResourceNotFound')
  })

  test('say no to parameters that they do not know', async () => {
    await run({}, { own: [route('nothing')] })
    expect((await ask('GET', '/own/nothing?thing=a%20b')).body).toBe('0')
    for (const [query, reason] of [
      ['from=1&formal=1', 'Unknown parameter "from": GET /own/nothing knows format, thing'],
      [
        'formatt=1',
        'Unknown parameter "formatt": GET /own/nothing knows format, thing; did you mean "format"?',
      ],
      ['thing=1&thing=2', 'The query has "thing" more than once'],
      ['thing=%ff', 'The query holds "%ff", which is not percent-encoded UTF-8'],
    ] as const) {
      const answer = await ask('GET', `/own/nothing?${query}`)
      expect(expectError(answer, 400, 'InvalidRequest')).toBe(reason)
    }
  })

  test('stream what is longer than any operation takes', async () => {
    const big = Buffer.alloc(3_000_000, 'x')
    await run({ body: 1_000 }, { keys: null, own: [route('write', 'POST')] })
    expect((await ask('POST', '/own/write', big)).body).toBe('3000000')
  })

  test('do not let strangers stream', async () => {
    await run({ idleMs: 60_000 }, { own: [route('write', 'POST')] })
    const socket = await open()
    socket.write(
      'POST /own/write HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
    )
    expectError(parse(await heard(socket)), 403, 'MissingAuthenticationToken')
  })

  test('may fall silent while a known caller streams', async () => {
    let go: () => void = () => {}
    const gate = new Promise<void>((resolve) => {
      go = resolve
    })
    const slow: OwnRoute = {
      ...route('write', 'POST'),
      async handle(incoming, outgoing, query) {
        await gate
        await route('write', 'POST').handle(incoming, outgoing, query)
      },
    }
    await run({ idleMs: 50 }, { keys: null, own: [slow, route('nothing')] })
    const answered = ask('POST', '/own/write', 'hello')
    // Another connection that is idle is closed meanwhile.
    expect(await say('')).toBe('')
    go()
    expect((await answered).body).toBe('5')
  })

  test('that fail are answered in JSON', async () => {
    const failing: OwnRoute = {
      ...route('nothing'),
      handle: () => Promise.reject(new Error('out of order')),
    }
    await run({}, { own: [failing] })
    const message = expectError(await ask('GET', '/own/nothing'), 500, 'InternalFailure')
    expect(message).toBe('An unexpected error occurred')
    expect(api.faults).toEqual([new Error('out of order')])
  })

  test('are checked by signature, admin keys apart from read-only ones', async () => {
    await run({}, { own: [{ ...route('write'), path: '/things' }] })
    const status = async (key = ADMIN) => {
      const signed = await signedBySdk(new ListThingsCommand({}), key, Date.now())
      const { host: _host, ...headers } = signed.headers
      return await ask('GET', '/things', '', { ...headers, host: '127.0.0.1:8080' })
    }
    expect((await status()).body).toBe('0')
    const message = expectError(await status(READER), 403, 'AccessDenied')
    expect(message).toBe('GET /things needs an admin key')
  })
})

test('a handler that fails is a 500 that tells nothing, and is reported', async () => {
  await run({}, { keys: null })
  api.store.database.exec('DROP TABLE dimensions')
  const message = expectError(await ask('GET', '/dimensions'), 500, 'InternalFailure')
  expect(message).toBe('An unexpected error occurred')
  expect(api.faults).toHaveLength(1)
})
