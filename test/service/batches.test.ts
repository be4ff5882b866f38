import { request } from 'node:http'
import { gzipSync } from 'node:zlib'
import { encode } from 'cborg'
import { describe, expect, test } from 'vitest'
import type { BatchAnswer } from '../../src/service/batch-answer.ts'
import { type Fixture, ndjson, rule, serveEachTest, WINDOW_MS } from './fixture.ts'

const START = Date.UTC(2026, 0, 5)
const SENT = 'aws:num-messages-sent'
const PACKETS = 'aws:all-packets-out'
let fixture: Fixture

serveEachTest(1, (fresh) => {
  fixture = fresh
})

const rows = (from: number, to: number): string =>
  ndjson(
    Array.from({ length: to - from }, (_, i) => ({
      thing: 'a',
      metric: SENT,
      time: START + (from + i) * WINDOW_MS,
      value: 1,
    })),
  )

const post = (
  body: string | Uint8Array,
  { query = '', key }: { query?: string; key?: string } = {},
): Promise<Response> =>
  fetch(`${fixture.url}/datapoints${query}`, {
    method: 'POST',
    body,
    headers: key === undefined ? {} : { 'Idempotency-Key': key },
  })

describe("a device's report that does not say whose it is", () => {
  const long = {
    header: { report_id: START + 1_000, version: '1.0' },
    metrics: { network_stats: { packets_out: 99 } },
  }
  const short = { hed: { rid: START + 1_000, v: '1.0' }, met: { ns: { po: 99 } } }

  test.each([
    ['JSON with long names', JSON.stringify(long)],
    ['JSON with short names', JSON.stringify(short, null, 2)],
    ['CBOR with long names', encode(long)],
    ['CBOR with short names', encode(short)],
  ])('is of the thing in the query: %s', async (_what, body) => {
    fixture.putProfile('p', [rule('packets', PACKETS, 50)], ['all/things'])
    const answer = await post(body, { query: '?thing=lamp%2Fhall%201' })
    expect(await answer.json()).toMatchObject({ accepted: 1, rejected: { total: 0 } })
    await post(rows(1, 3))
    await fixture.restart()
    expect(fixture.events()).toEqual([`p/packets lamp/hall 1 in-alarm ${START + WINDOW_MS}`])
  })

  test('is told how to say it', async () => {
    fixture.putProfile('p', [rule('packets', PACKETS, 50)], ['all/things'])
    for (const body of [JSON.stringify(long), encode(short)]) {
      const { accepted, rejected } = (await (await post(body)).json()) as BatchAnswer
      expect(accepted).toBe(0)
      expect(rejected.first).toMatchObject([
        { reason: 'no-thing', detail: expect.stringContaining('?thing=NAME') },
      ])
    }
  })

  test('keeps what it says itself', async () => {
    fixture.putProfile('p', [rule('packets', PACKETS, 50)], ['all/things'])
    await post(JSON.stringify({ thingName: 'own', payload: long }), { query: '?thing=other' })
    await post(rows(1, 3))
    await fixture.restart()
    expect(fixture.events()).toEqual([`p/packets own in-alarm ${START + WINDOW_MS}`])
  })

  test.each(['', '%00', 'x'.repeat(129)])('has a thing with a proper name: %j', async (name) => {
    const answer = await post(JSON.stringify(long), { query: `?thing=${name}` })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toEqual({
      message: expect.stringContaining('should be a thing name: 1 to 128 bytes'),
    })
  })
})

test('what unpacks to far more than it is is refused, also under a key', async () => {
  fixture.putProfile('p', [rule('sent', SENT, 10)], ['all/things'])
  const bomb = gzipSync(Buffer.alloc(48 * 2 ** 20))
  const body = Buffer.concat([gzipSync(`${rows(0, 2)}\n`), bomb])
  for (const options of [{}, { key: 'k' }, { key: 'k' }]) {
    const answer = await post(body, options)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({
      message: 'gzip data that unpacks to more than 200 times its size',
    })
  }
  expect(await (await post(rows(2, 3))).json()).toMatchObject({ accepted: 1 })
  // Alike lines, as fleets have them, are let through.
  const alike = gzipSync(`${rows(3, 4)}\n`.repeat(1_000), { level: 9 })
  expect(await (await post(alike)).json()).toMatchObject({ accepted: 1_000 })
})

test('parameters that nobody knows are refused', async () => {
  const answer = await post(rows(0, 1), { query: '?thingName=a' })
  expect(answer.status).toBe(400)
  expect(await answer.json()).toMatchObject({
    message: 'Unknown parameter "thingName": POST /datapoints knows format, thing',
  })
})

describe('a key that is used again', () => {
  test('is refused for another body or thing, also after a restart', async () => {
    fixture.putProfile('p', [rule('sent', SENT, 10)], ['all/things'])
    const first = await post(rows(0, 2), { key: 'k' })
    expect(await first.json()).toMatchObject({ accepted: 2 })
    for (const restart of [false, true]) {
      if (restart) await fixture.restart()
      for (const [body, query] of [
        [rows(0, 3), ''],
        [rows(0, 1), ''],
        ['', ''],
        [rows(0, 2), '?thing=b'],
      ] as const) {
        const refused = await post(body, { key: 'k', query })
        expect(refused.status).toBe(422)
        expect(await refused.json()).toEqual({
          message: expect.stringContaining('was used for another body'),
        })
      }
      const again = await post(gzipSync(rows(0, 2)), { key: 'k' })
      expect(again.headers.get('idempotent-replayed')).toBe('true')
      expect(await again.json()).toMatchObject({ accepted: 2 })
    }
    expect(await (await post(rows(2, 3), { key: 'other' })).json()).toMatchObject({ accepted: 1 })
  })

  test('is refused for a body that does not go on where it broke off, also after a restart', async () => {
    fixture.putProfile('p', [rule('sent', SENT, 10)], ['all/things'])
    // The header counts, too: what follows it means something else under another.
    const table = (columns: string): string =>
      `${columns}\n${Array.from({ length: 3_000 }, (_, i) => `a,${SENT},${START + i},1\n`).join('')}`
    const body = table('thing,metric,timestamp,value')
    const packed = gzipSync(body)
    const broken = await post(packed.subarray(0, packed.length - 200), { key: 'k' })
    expect(broken.status).toBe(400)
    const { accepted } = (await broken.json()) as BatchAnswer
    expect(accepted).toBeGreaterThan(0)
    expect(accepted).toBeLessThan(3_000)
    for (const restart of [false, true]) {
      if (restart) await fixture.restart()
      for (const other of [table('thing,metric,timestamp,Value'), body.slice(0, 100), '']) {
        expect((await post(other, { key: 'k' })).status).toBe(422)
      }
    }
    const whole = await post(body, { key: 'k' })
    expect(await whole.json()).toMatchObject({ accepted: 3_000, rejected: { total: 0 } })
  })

  test('is a conflict while its batch is under way', async () => {
    fixture.putProfile('p', [rule('sent', SENT, 10)], ['all/things'])
    const { port } = new URL(fixture.url)
    const headers = { 'Idempotency-Key': 'k' }
    const slow = request({ port, path: '/datapoints', method: 'POST', headers })
    const answered = new Promise<number | undefined>((resolve) => {
      slow.on('response', (response) => resolve(response.resume().statusCode))
    })
    slow.write(`${rows(0, 1)}\n`)
    await expect.poll(() => fixture.service.live.counts.rows).toBe(1)
    const conflict = await post(rows(0, 1), { key: 'k' })
    expect(conflict.status).toBe(409)
    expect(conflict.headers.get('retry-after')).toBe('1')
    slow.end(rows(1, 2))
    expect(await answered).toBe(200)
    expect(await (await post(rows(0, 2), { key: 'k' })).json()).toMatchObject({ accepted: 2 })
  })
})
