import { afterEach, describe, expect, it } from 'vitest'
import { addressGuard, isNetwork } from '../../src/adapters/address-guard.ts'
import { type PostLimits, post } from '../../src/adapters/post.ts'
import { DeliveryFailed } from '../../src/respond/channel.ts'
import { type Receiver, receiver } from './receiver.ts'

const servers: Receiver[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

async function serving(...[answer]: Parameters<typeof receiver>): Promise<Receiver> {
  const server = await receiver(answer)
  servers.push(server)
  return server
}

const open: PostLimits = {
  guard: addressGuard(['127.0.0.0/8', '::1']),
  timeoutMs: 20_000,
  maxAnswerBytes: 1_000,
  redirects: 0,
}
const never = new AbortController().signal

function send(url: string, limits: Partial<PostLimits> = {}, signal = never): Promise<void> {
  return post(
    new URL(url),
    { authorization: 'Bearer s3cret' },
    'hi',
    { ...open, ...limits },
    signal,
  )
}

async function failure(delivery: Promise<void>): Promise<DeliveryFailed> {
  const error = await delivery.then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(DeliveryFailed)
  return error as DeliveryFailed
}

describe('post', () => {
  it('sends the body with its headers and is content with any 2xx', async () => {
    const server = await serving((response) => response.writeHead(202).end('thanks'))
    await send(`${server.url}/hook?x=1`)
    expect(server.received).toMatchObject([
      {
        method: 'POST',
        path: '/hook?x=1',
        body: 'hi',
        headers: { authorization: 'Bearer s3cret' },
      },
    ])
  })

  it('fails with status, the start of the answer and what the receiver asks for, without secrets', async () => {
    const server = await serving((response) =>
      response.writeHead(503, { 'retry-after': '120' }).end('come\nback \u001b[2J\0  later'),
    )
    const secret = server.url.replace('//', '//user:pass@')
    const { message, retryAfterMs } = await failure(send(`${secret}/T0/XYZ?token=abc`))
    expect(message).toBe(`${server.url} answered 503: come back [2J later`)
    expect(retryAfterMs).toBe(120_000)
  })

  it('sends the credentials of the URL as basic authentication', async () => {
    const server = await serving()
    await post(new URL(server.url.replace('//', '//us%40er:pass@')), {}, '', open, never)
    expect(server.received[0]?.headers.authorization).toBe(`Basic ${btoa('us@er:pass')}`)
  })

  it('reads no more of an answer than it may, however long it is', async () => {
    const server = await serving((response) => {
      response.writeHead(500)
      const piece = Buffer.alloc(64_000, 'x')
      const pump = (): void => {
        while (!response.destroyed && response.write(piece)) {}
        response.once('drain', pump)
      }
      pump()
    })
    const { message } = await failure(send(server.url))
    expect(message.length).toBeLessThan(300)
  })

  it('gives up when the time is over, and when it is told to stop', async () => {
    const silent = await serving(() => {})
    expect((await failure(send(silent.url, { timeoutMs: 30 }))).message).toBe(
      `${silent.url}: no answer in 30 ms`,
    )
    const stop = new AbortController()
    const delivery = send(silent.url, {}, stop.signal)
    stop.abort()
    expect((await failure(delivery)).message).toBe(`${silent.url}: stopped`)
  })

  it('does not follow redirects unless allowed, and then only those that keep the method', async () => {
    const end = await serving()
    const start = await serving((response, { path }) =>
      response.writeHead(path === '/302' ? 302 : 307, { location: `${end.url}/end` }).end(),
    )
    expect((await failure(send(`${start.url}/307`))).message).toBe(
      `${start.url} redirects to ${end.url}: not followed`,
    )
    expect(end.received).toEqual([])
    await send(`${start.url}/307`, { redirects: 1 })
    expect(end.received).toMatchObject([{ method: 'POST', path: '/end', body: 'hi' }])
    // Another origin does not get the credentials.
    expect(end.received[0]?.headers.authorization).toBeUndefined()
    expect((await failure(send(`${start.url}/302`, { redirects: 1 }))).message).toContain(
      'not followed',
    )
  })

  it('looks at each redirect as at the first address', async () => {
    const start = await serving((response) =>
      response.writeHead(308, { location: 'http://169.254.169.254/latest' }).end(),
    )
    const { message } = await failure(send(start.url, { redirects: 3 }))
    expect(message).toContain('169.254.169.254 is a private address')
  })

  it.each([
    'http://127.0.0.1:9/',
    'http://localhost:9/',
    'http://[::1]:9/',
    'http://[::ffff:127.0.0.1]:9/',
    'http://10.1.2.3/',
    'http://192.168.0.1/',
    'http://2130706433/',
    'http://0/',
    'http://[fe80::1]/',
    'http://[fd00::1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://100.64.0.1/',
  ])('refuses %s while nobody allows it', async (url) => {
    const { message } = await failure(send(url, { guard: addressGuard([]) }))
    expect(message).toContain('is a private address; allow it with allowAddresses')
  })

  it('lets a private network through that is allowed, and only that', () => {
    const guard = addressGuard(['10.1.0.0/16', 'fd00::5'])
    expect(() => guard.checkHost('10.1.2.3')).not.toThrow()
    expect(() => guard.checkHost('[fd00::5]')).not.toThrow()
    expect(() => guard.checkHost('93.184.215.14')).not.toThrow()
    expect(() => guard.checkHost('10.2.0.1')).toThrow('10.2.0.1 is a private address')
    expect(() => guard.checkHost('fd00::6')).toThrow('private')
  })

  it('knows networks from other words', () => {
    expect(['10.0.0.0/8', '::1', 'fd00::/8', '127.0.0.1'].every(isNetwork)).toBe(true)
    expect(
      ['10.0.0/8', '10.0.0.0/33', '::1/129', 'a', '1.1.1.1/', '1.1.1.1/8/8'].some(isNetwork),
    ).toBe(false)
  })
})
