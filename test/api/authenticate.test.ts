import {
  CreateDimensionCommand,
  ListActiveViolationsCommand,
  ListAttachedPoliciesCommand,
} from '@aws-sdk/client-iot'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { anybody, authenticator } from '../../src/api/authenticate.ts'
import { ApiError } from '../../src/api/errors.ts'
import { queryPairs } from '../../src/api/query.ts'
import { sha256Hex } from '../../src/api/signature/canonical-request.ts'
import { ADMIN, READER } from './running-api.ts'
import { requestOf, type Sent, signedBySdk } from './signed-requests.ts'

const NOW = Date.UTC(2026, 10, 20, 17, 0, 0)
const SKEW = 5 * 60_000

let sent: Sent
let bodiless: Sent
let encoded: Sent
beforeAll(async () => {
  const create = new CreateDimensionCommand({
    name: 'D:1',
    stringValues: ['a/+/é'],
    type: 'TOPIC_FILTER',
  })
  sent = await signedBySdk(create, ADMIN, NOW)
  const list = { thingName: "lamp 1/é!'()*", nextToken: 'ab+/c==' }
  bodiless = await signedBySdk(new ListActiveViolationsCommand(list), READER, NOW)
  const target = 'arn:aws:iot:eu-west-1:123456789012:thinggroup/g'
  encoded = await signedBySdk(new ListAttachedPoliciesCommand({ target }), ADMIN, NOW)
})

function check(request: Sent, now: number = NOW): string {
  const authenticate = authenticator([ADMIN, READER], { now: () => now }, SKEW)
  return authenticate(requestOf(request)).check(Buffer.from(request.body)).access
}

function refusal(request: Sent, now?: number): ApiError | null {
  try {
    check(request, now)
    return null
  } catch (error) {
    if (error instanceof ApiError) return error
    throw error
  }
}

function withHeader(request: Sent, name: string, change: (value: string) => string | null): Sent {
  const { [name]: value, ...headers } = request.headers
  const changed = change(value!)
  return { ...request, headers: changed === null ? headers : { ...headers, [name]: changed } }
}

describe('what the SDK signed', () => {
  test('is let in, with the access of its key', () => {
    expect([check(sent), check(bodiless), check(encoded)]).toEqual(['admin', 'read-only', 'admin'])
  })

  test('may be five minutes old, or ahead, but no more', () => {
    for (const skew of [-SKEW, SKEW]) expect(refusal(sent, NOW + skew)).toBeNull()
    const old = refusal(sent, NOW + SKEW + 1_000)
    expect(old?.name).toBe('InvalidSignatureException')
    expect(old?.message).toBe(
      'Signature expired: 20261120T170000Z is now earlier than 20261120T170001Z (20261120T170501Z - 5 min.)',
    )
    const early = refusal(sent, NOW - SKEW - 1_000)
    expect(early?.message).toBe(
      'Signature not yet current: 20261120T170000Z is now later than 20261120T165959Z (20261120T165459Z + 5 min.)',
    )
  })

  test('may have its query in any order', () => {
    const query = bodiless.query.split('&').reverse().join('&')
    expect(query).not.toBe(bodiless.query)
    expect(check({ ...bodiless, query })).toBe('read-only')
  })
})

describe('whatever is altered', () => {
  /** One character of a text is another. */
  function altered(text: string): fc.Arbitrary<string> {
    return fc
      .tuple(fc.nat(text.length - 1), fc.integer({ min: 0x21, max: 0x7e }))
      .map(([at, code]) => text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1))
      .filter((other) => other !== text)
  }

  test.each(['method', 'path', 'body'] as const)('in the %s, it is refused', (part) => {
    fc.assert(
      fc.property(altered(sent[part]), (text) => {
        expect(refusal({ ...sent, [part]: text })?.status).toBe(403)
      }),
    )
  })

  test('in the query, it is refused, unless it says the same', () => {
    const meaning = (query: string) =>
      queryPairs(query)
        .map(String)
        .toSorted((a, b) => (a < b ? -1 : 1))
    fc.assert(
      fc.property(altered(bodiless.query), (query) => {
        const error = refusal({ ...bodiless, query })
        if (error === null) expect(meaning(query)).toEqual(meaning(bodiless.query))
        else expect([400, 403]).toContain(error.status)
      }),
      { numRuns: 500 },
    )
  })

  test('in a signed header, it is refused', () => {
    const names = /SignedHeaders=([^,]+)/.exec(sent.headers.authorization!)![1]!.split(';')
    expect(names).toContain('host')
    for (const name of names) {
      fc.assert(
        fc.property(altered(sent.headers[name]!), (value) => {
          expect(refusal(withHeader(sent, name, () => value))?.status).toBe(403)
        }),
        { numRuns: 30 },
      )
      expect(refusal(withHeader(sent, name, () => null))?.status).toBe(403)
    }
  })

  test('in the authorization itself, it is refused', () => {
    fc.assert(
      fc.property(altered(sent.headers.authorization!), (value) => {
        expect(refusal(withHeader(sent, 'authorization', () => value))?.status).toBe(403)
      }),
      { numRuns: 300 },
    )
  })

  test('added to the body, it is refused', () => {
    expect(refusal({ ...sent, body: `${sent.body} ` })?.name).toBe('InvalidSignatureException')
    expect(refusal({ ...bodiless, body: '{}' })?.name).toBe('InvalidSignatureException')
  })
})

describe('without a whole signature', () => {
  const authorization = (change: (value: string) => string | null) =>
    withHeader(sent, 'authorization', change)
  const scope = '/20261120/eu-west-1/iot/aws4_request'

  test.each<[string, () => Sent, string, string]>([
    [
      'no authorization',
      () => authorization(() => null),
      'MissingAuthenticationTokenException',
      'Missing Authentication Token',
    ],
    [
      'another scheme',
      () => authorization(() => 'Basic eA=='),
      'IncompleteSignatureException',
      'Authorization should begin with AWS4-HMAC-SHA256',
    ],
    [
      'an unknown key',
      () => authorization((value) => value.replace(ADMIN.accessKeyId, 'AKIANOBODY')),
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    ],
    [
      'another service',
      () => authorization((value) => value.replace('/iot/', '/s3/')),
      'InvalidSignatureException',
      "Credential should be scoped to correct service: 'iot' or 'execute-api'",
    ],
    [
      'another day',
      () => authorization((value) => value.replace('/20261120/', '/20261119/')),
      'InvalidSignatureException',
      'Date in Credential scope does not match',
    ],
    [
      'no scope',
      () => authorization((value) => value.replace(scope, '')),
      'IncompleteSignatureException',
      'Credential should be <access key id>/<date>/<region>/iot/aws4_request',
    ],
    [
      'no signature',
      () => authorization((value) => value.replace(/, Signature=.*/, '')),
      'IncompleteSignatureException',
      'Authorization should have a Signature of 64 hexadecimal digits',
    ],
    [
      'the host unsigned',
      () => authorization((value) => value.replace('host;', '')),
      'IncompleteSignatureException',
      'The header host should be among SignedHeaders',
    ],
    [
      'headers out of order',
      () => authorization((value) => value.replace('SignedHeaders=', 'SignedHeaders=z;')),
      'IncompleteSignatureException',
      'SignedHeaders should be lower-case names in order, each once',
    ],
    [
      'no date',
      () => withHeader(sent, 'x-amz-date', () => null),
      'IncompleteSignatureException',
      'The signed header x-amz-date is missing',
    ],
    [
      'a hash of another body',
      () => withHeader(sent, 'x-amz-content-sha256', () => sha256Hex('')),
      'InvalidSignatureException',
      'The value of x-amz-content-sha256 is not the SHA-256 of the body.',
    ],
    [
      'an unsigned body',
      () => withHeader(sent, 'x-amz-content-sha256', () => 'UNSIGNED-PAYLOAD'),
      'InvalidSignatureException',
      'The value of x-amz-content-sha256 is not the SHA-256 of the body.',
    ],
  ])('%s: refused', (_what, request, name, message) => {
    const error = refusal(request())
    expect(error?.name).toBe(name)
    expect(error?.message).toContain(message)
    expect(error?.status).toBe(403)
  })
})

describe('a body that is streamed', () => {
  const stream = (request: Sent) =>
    authenticator([ADMIN, READER], { now: () => NOW }, SKEW)(requestOf(request)).checkWithoutBody()

  test('must be said to be unsigned', () => {
    expect(() => stream(sent)).toThrow(
      'The body is streamed: sign it with x-amz-content-sha256: UNSIGNED-PAYLOAD.',
    )
  })

  test('need not, when there is none', () => {
    expect(stream(bodiless)).toEqual({ accessKeyId: READER.accessKeyId, access: 'read-only' })
  })

  test('cannot be slipped in', () => {
    for (const [name, value] of [
      ['content-length', '5'],
      ['transfer-encoding', 'chunked'],
    ] as const) {
      const slipped = { ...bodiless, headers: { ...bodiless.headers, [name]: value } }
      expect(() => stream(slipped)).toThrow('The body is streamed')
    }
  })
})

describe('without keys', () => {
  const ask = (headers: Record<string, string>) =>
    anybody(requestOf({ method: 'GET', path: '/', query: '', headers, body: '' })).caller.access

  test.each(['localhost', 'localhost:8080', '127.0.0.1:8080', '[::1]:80'])(
    'a program of this machine that asks %s is let in',
    (host) => {
      expect(ask({ host })).toBe('admin')
    },
  )

  test.each<Record<string, string>>([
    { host: 'evil.example' },
    { host: '127.0.0.1.evil.example' },
    {},
    { host: 'localhost', origin: 'http://evil.example' },
  ])('what a page could have sent is refused: %o', (headers) => {
    expect(() => ask(headers)).toThrow('Without access keys only local programs may call')
  })
})
