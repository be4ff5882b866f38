import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { WorkerPool } from '../../src/detect/pool.ts'
import { Fixture, serveEachTest, ndjson, type Reading, rule, WINDOW_MS } from './fixture.ts'

const START = Date.UTC(2026, 0, 5)
const SENT = 'aws:num-messages-sent'
let pool: WorkerPool
let fixture: Fixture

serveEachTest(2, (fresh, threads) => {
  fixture = fresh
  pool = threads
})

const at = (window: number, value: number, thing = 'a'): Reading => ({
  thing,
  metric: SENT,
  time: START + window * WINDOW_MS,
  value,
})
const end = (window: number): number => START + (window + 1) * WINDOW_MS

test('a datapoint over the threshold becomes a violation, which moves on and ends', async () => {
  fixture.putProfile('p', [rule('sent', SENT, 10)], ['all/things'])
  await fixture.post([at(0, 5), at(1, 50), at(2, 60)])
  expect(await fixture.post([at(3, 5)])).toMatchObject({ accepted: 1, late: 0 })
  await fixture.restart()
  expect(fixture.events()).toEqual([`p/sent a in-alarm ${end(1)}`])
  const [violation] = fixture.sql('SELECT * FROM violations')
  expect(violation).toMatchObject({
    started: end(1),
    last_time: end(2),
    last_value_json: '{"count":60}',
    ended: null,
  })
  await fixture.post([at(4, 5)])
  await fixture.restart()
  expect(fixture.events()).toEqual([
    `p/sent a in-alarm ${end(1)}`,
    `p/sent a alarm-cleared ${end(3)}`,
  ])
  expect(fixture.sql('SELECT ended, end_type FROM violations')).toEqual([
    { ended: end(3), end_type: 'alarm-cleared' },
  ])
})

describe('the answer to a batch', () => {
  test('says what was accepted, late and rejected, why and where', async () => {
    fixture.putProfile('p', [rule('sent', SENT, 10)], ['all/things'])
    await fixture.post([at(5, 1)])
    const good = ndjson([at(6, 1)])
    const bad = ['{"thing":"a","metric":"unheard","timestamp":1767571200000,"value":1}', 'no JSON']
    const response = await fixture.send([good, ...bad, ndjson([at(0, 1)])].join('\n'))
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({
      accepted: 1,
      late: 1,
      refused: 0,
      rejected: {
        total: 2,
        reasons: { 'unknown-metric': 1, malformed: 1 },
        first: [
          expect.objectContaining({ line: 2, reason: 'unknown-metric' }),
          expect.objectContaining({ line: 3, reason: 'malformed', text: 'no JSON' }),
        ],
      },
    })
  })

  test('comes again for the same key, and nothing counts twice, also after a restart', async () => {
    fixture.putProfile('p', [rule('sent', SENT, 10)], ['all/things'])
    const first = await fixture.post([at(0, 6)], 'k')
    expect(await fixture.post([at(0, 6)], 'k')).toEqual(first)
    await fixture.restart()
    expect(await fixture.post([at(0, 6)], 'k')).toEqual(first)
    await fixture.post([at(1, 1)])
    await fixture.restart()
    expect(fixture.events()).toEqual([])
  })

  test('takes gzip, tables with a header, and says no to Parquet', async () => {
    expect(await (await fixture.send(gzipSync(ndjson([at(0, 1), at(0, 2)])))).json()).toMatchObject(
      {
        accepted: 2,
      },
    )
    const table = `thing,metric,timestamp,value\na,${SENT},${START},1\n`
    expect(await (await fixture.send(table)).json()).toMatchObject({ accepted: 1 })
    const named = await fixture.send(table, { 'content-type': 'text/csv' })
    expect(await named.json()).toMatchObject({ accepted: 1 })
    const refused = await fetch(`${fixture.url}/datapoints?format=parquet`, { method: 'POST' })
    expect(refused.status).toBe(400)
    const unknown = await fetch(`${fixture.url}/datapoints?format=xml`, { method: 'POST' })
    expect(await unknown.json()).toMatchObject({ message: expect.stringContaining('"xml"') })
  })

  test('damaged gzip is told, with what came before it', async () => {
    const packed = gzipSync(ndjson([at(0, 1)]).repeat(1))
    const response = await fixture.send(packed.subarray(0, packed.length - 12))
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ message: expect.stringContaining('gzip') })
  })

  test('says no to a content encoding that it does not undo', async () => {
    const text = ndjson([at(0, 1)])
    const refused = await fixture.send(brotliCompressSync(text), { 'content-encoding': 'br' })
    expect(refused.status).toBe(415)
    expect(await refused.json()).toEqual({
      message: 'Content-Encoding "br" should be gzip or identity',
    })
    const packed = await fixture.send(gzipSync(text), { 'content-encoding': 'gzip' })
    expect(await packed.json()).toMatchObject({ accepted: 1 })
  })

  test('of a body without anything', async () => {
    expect(await fixture.post([])).toMatchObject({ accepted: 0, rejected: { total: 0 } })
  })
})

test('a checkpoint is written after so many bytes, whatever the time', async () => {
  const checkpoints = ({ directory }: Fixture): string[] =>
    readdirSync(join(directory, 'state')).filter((name) => name.startsWith('checkpoint'))
  for (const [checkpointBytes, written] of [
    [1e9, 0],
    [1, 1],
  ] as const) {
    const other = new Fixture(pool, { checkpointBytes })
    await other.start()
    await other.post([at(0, 1)])
    // The second is not looked at before the checkpoint behind the first is written.
    await other.post([at(0, 2)])
    expect(checkpoints(other)).toHaveLength(written)
    await other.stop()
    await other.remove()
  }
})

test('is healthy and ready', async () => {
  for (const path of ['/health', '/ready']) {
    const response = await fetch(fixture.url + path)
    expect([path, response.status, await response.json()]).toEqual([path, 200, { status: 'ok' }])
  }
  fixture.service.refuse()
  const response = await fetch(`${fixture.url}/ready`)
  expect([response.status, await response.json()]).toEqual([
    503,
    { status: 'unavailable', reason: 'stopping' },
  ])
  expect((await fetch(`${fixture.url}/health`)).status).toBe(200)
  expect((await fixture.send('')).status).toBe(503)
})

test('metric values of evaluated windows, from memory and from the archive', async () => {
  fixture.putProfile('p', [rule('sent', SENT, 10)], ['all/things'])
  await fixture.post([at(0, 5), at(1, 50), at(2, 60), at(2, 1, 'b'), at(3, 1)])
  const query = { thing: 'a', metric: SENT, dimension: null, from: end(1), to: end(2) }
  await fixture.restart()
  const expected = [
    { timestamp: end(1), value: { count: 50 } },
    { timestamp: end(2), value: { count: 60 } },
  ]
  expect(await fixture.service.engine.metricValues(query)).toEqual(expected)
  await fixture.post([at(300, 1)])
  await fixture.restart()
  expect(await fixture.service.engine.metricValues(query)).toEqual(expected)
  expect(await fixture.service.engine.metricValues({ ...query, thing: 'c' })).toEqual([])
})
