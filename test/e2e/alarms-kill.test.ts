import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStoreToRead } from '../../src/store/store.ts'
import { type Receiver, receiver } from '../adapters/receiver.ts'
import { Chance } from './chance.ts'
import { Program } from './program.ts'

const START = Date.UTC(2026, 0, 5)
const WINDOW = 300_000
const ROUNDS = 6
const THINGS = 12

let program: Program
let folder: string
let hook: Receiver
const chance = new Chance(20_261_120)
/** Of the receiver: its order depends on the machine, what it is sent does not. */
const mood = new Chance(7)
/** Keys in the order in which they were first tried, and those that were taken. */
const tried: string[] = []
const taken = new Set<string>()
const tooEarly: string[] = []
let arrived = (): void => {}

beforeAll(async () => {
  program = new Program()
  folder = mkdtempSync(join(tmpdir(), 'fleet-detect-alarms-kill-'))
  hook = await receiver((response, { headers }) => {
    const key = String(headers['webhook-id'])
    if (!tried.includes(key)) tried.push(key)
    const [id, ending] = [key.slice(0, 32), key.slice(33)]
    if (ending !== 'in-alarm' && !taken.has(`${id}-in-alarm`)) tooEarly.push(key)
    const well = mood.next() < 0.7
    if (well) taken.add(key)
    response.writeHead(well ? 204 : 500).end()
    arrived()
  })
}, 120_000)
afterAll(async () => {
  await hook.close()
  rmSync(folder, { recursive: true })
  program.remove()
})

class Serve {
  readonly child: ChildProcessWithoutNullStreams
  said = ''

  constructor() {
    const options = '--port 0 --no-auth --clock event --lateness 0s --workers 1'.split(' ')
    const files = ['--data', join(folder, 'data'), '--notify', join(folder, 'notify.json')]
    this.child = program.start(['serve', ...options, ...files])
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.said += text
    })
  }

  async says(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.said)
      if (match !== null) return match[1] ?? ''
      if (this.child.exitCode !== null) throw new Error(this.said)
      await Promise.race([once(this.child.stderr, 'data'), once(this.child, 'close')])
    }
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const closed = once(this.child, 'close')
    this.child.kill(signal)
    await closed
  }
}

/** Resolves when the receiver has been asked so many times more. */
function asked(times: number): Promise<void> {
  return new Promise((done) => {
    let left = times
    arrived = () => {
      if (--left <= 0) done()
    }
    if (left <= 0) done()
  })
}

/** Resolves when nothing waits in the outbox. */
async function drained(): Promise<void> {
  for (;;) {
    await new Promise((done) => setTimeout(done, 50))
    const store = openStoreToRead(join(folder, 'data'))
    const waiting = store.database.prepare("SELECT 1 FROM outbox WHERE state = 'waiting'").get()
    store.close()
    if (waiting === undefined) return
  }
}

async function put(url: string, path: string, body: object): Promise<void> {
  const method = path.includes('/targets') ? 'PUT' : 'POST'
  const response = await fetch(url + path, { method, body: JSON.stringify(body) })
  expect(response.status, await response.text()).toBe(200)
}

/** In every window each thing is normal or not, by chance. */
function windowsFrom(first: number, count: number): string {
  const lines: string[] = []
  for (let window = first; window < first + count; window++) {
    for (let thing = 0; thing < THINGS; thing++) {
      const timestamp = START + window * WINDOW + 1_000
      const value = chance.next() < 0.5 ? 54 : 1
      const metric = 'aws:num-messages-sent'
      lines.push(JSON.stringify({ thing: `lamp-${thing}`, metric, timestamp, value }))
    }
  }
  return lines.join('\n')
}

test('a service killed again and again tells of every alarm, in order', async () => {
  writeFileSync(
    join(folder, 'notify.json'),
    JSON.stringify({
      webhooks: [{ name: 'ops', url: hook.url }],
      allowAddresses: ['127.0.0.1'],
      floods: { from: 1_000 },
      retries: { attempts: 10_000, firstSeconds: 0.01, longestSeconds: 0.1 },
    }),
  )
  for (let round = 0; round < ROUNDS; round++) {
    const serve = new Serve()
    const url = await serve.says(/listening on (http:\S+)/)
    await serve.says(/ready/)
    if (round === 0) {
      const criteria = {
        comparisonOperator: 'less-than',
        value: { count: 10 },
        durationSeconds: 300,
      }
      const behavior = { name: 'quiet', metric: 'aws:num-messages-sent', criteria }
      await put(url, '/security-profiles/sensors', { behaviors: [behavior] })
      const target = encodeURIComponent('arn:aws:iot:us-east-1:000000000000:all/things')
      await put(url, `/security-profiles/sensors/targets?securityProfileTargetArn=${target}`, {})
    }
    const posted = await fetch(`${url}/datapoints`, {
      method: 'POST',
      body: windowsFrom(round * 4, 4),
      headers: { 'idempotency-key': `round-${round}` },
    })
    expect(posted.status).toBe(200)
    await Promise.race([asked(chance.whole(1, 15)), drained()])
    await serve.end('SIGKILL')
  }

  const serve = new Serve()
  await serve.says(/ready/)
  await drained()
  await serve.end('SIGTERM')

  const store = openStoreToRead(join(folder, 'data'))
  const events = store.database
    .prepare<{ key: string }>("SELECT violation_id || '-' || type AS key FROM violation_events")
    .all()
    .map(({ key }) => key)
  store.close()
  expect(events.length).toBeGreaterThan(ROUNDS * THINGS)
  expect([...taken].sort()).toEqual(events.sort())
  expect(tooEarly).toEqual([])
}, 120_000)
