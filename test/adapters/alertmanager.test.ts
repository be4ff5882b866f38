import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { addressGuard } from '../../src/adapters/address-guard.ts'
import { alertmanagerChannel } from '../../src/adapters/alertmanager.ts'
import type { Channel } from '../../src/respond/channel.ts'
import { event, flood } from '../respond/events.ts'
import { type Receiver, receiver } from './receiver.ts'

const signal = new AbortController().signal

function channel(url: string): Channel {
  return alertmanagerChannel({
    url,
    headers: {},
    profiles: null,
    limits: {
      guard: addressGuard(['127.0.0.1']),
      timeoutMs: 20_000,
      maxAnswerBytes: 1_000,
      redirects: 0,
    },
  })
}

const NOW = Date.parse('2026-11-20T12:00:00Z')

describe('the Alertmanager channel', () => {
  let server: Receiver
  beforeEach(async () => {
    server = await receiver()
  })
  afterEach(() => server.close())

  it('posts an alert that holds for four minutes', async () => {
    const alarm = event('lamp', 'in-alarm', {
      violationEventAdditionalInfo: { confidenceLevel: 'HIGH' },
    })
    await channel(server.url).deliver({ kind: 'event', key: 'k', event: alarm }, '', NOW, signal)
    expect(server.received[0]?.path).toBe('/api/v2/alerts')
    expect(JSON.parse(server.received[0]!.body)).toEqual([
      {
        labels: {
          alertname: 'MessagesPub',
          thing: 'lamp',
          securityprofile: 'MySecProfile',
          behavior: 'MessagesPub',
          metric: 'aws:num-messages-sent',
          confidence: 'HIGH',
        },
        annotations: {
          summary: 'lamp in-alarm of MessagesPub (MySecProfile)',
          violationId: alarm.violationId,
        },
        startsAt: '2019-11-15T03:00:00.000Z',
        endsAt: '2026-11-20T12:04:00.000Z',
      },
    ])
  })

  it('ends it when the alarm ended, and posts all of many in one go, below a path', async () => {
    const ended = flood(3, { type: 'alarm-cleared', events: [event('a', 'alarm-cleared')] })
    await channel(`${server.url}/am`).deliver(
      { kind: 'flood', key: 'k', flood: ended },
      '',
      NOW,
      signal,
    )
    expect(server.received[0]?.path).toBe('/am/api/v2/alerts')
    const [alert] = JSON.parse(server.received[0]!.body) as Record<string, unknown>[]
    expect(alert).toMatchObject({ labels: { thing: 'a' }, endsAt: '2019-11-15T03:00:00.000Z' })
    expect(alert).not.toHaveProperty('startsAt')
  })
})

const installed = spawnSync('prometheus-alertmanager', ['--version']).status === 0
if (!installed) {
  process.stderr.write(
    'SKIPPED: alarms with a real Alertmanager; install the Debian package prometheus-alertmanager\n',
  )
}

interface Alert {
  labels: Record<string, string>
  status: { state: string }
  startsAt: string
  endsAt: string
}

describe.skipIf(!installed)('with a real Alertmanager', () => {
  let folder: string
  let alertmanager: ChildProcess
  let url: string
  let hook: Receiver

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fleet-detect-alertmanager-'))
    hook = await receiver()
    const config = join(folder, 'config.yml')
    writeFileSync(
      config,
      `route: {receiver: hook, group_wait: 0s, group_interval: 1s, group_by: [alertname]}
receivers: [{name: hook, webhook_configs: [{url: '${hook.url}', send_resolved: true}]}]
`,
    )
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    const options = [
      `--config.file=${config}`,
      `--storage.path=${folder}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ]
    alertmanager = spawn('prometheus-alertmanager', options, { stdio: 'ignore' })
    await until(async () => (await fetch(`${url}/-/ready`)).ok)
  }, 60_000)

  afterAll(async () => {
    alertmanager.kill('SIGKILL')
    await hook.close()
    rmSync(folder, { recursive: true })
  })

  it('fires once however often it is posted, and resolves', async () => {
    const now = Date.now()
    const alarm = event('lamp', 'in-alarm', { violationEventTime: now - 600_000 })
    const am = channel(url)
    const fire = { kind: 'event', key: 'k', event: alarm } as const
    await am.deliver(fire, '', now, signal)
    await am.deliver(fire, '', now, signal)
    await am.standing?.repeat([alarm], now + 60_000, signal)
    const [firing, ...others] = (await (await fetch(`${url}/api/v2/alerts`)).json()) as Alert[]
    expect(others).toEqual([])
    expect(firing).toMatchObject({
      labels: { thing: 'lamp', securityprofile: 'MySecProfile' },
      startsAt: new Date(now - 600_000).toISOString(),
      endsAt: new Date(now + 300_000).toISOString(),
    })
    await until(async () => hook.received.some(({ body }) => statusOf(body) === 'firing'))

    const cleared = event('lamp', 'alarm-cleared', { violationEventTime: now - 1_000 })
    await am.deliver({ kind: 'event', key: 'k2', event: cleared }, '', now, signal)
    expect(await (await fetch(`${url}/api/v2/alerts`)).json()).toEqual([])
    await until(async () => hook.received.some(({ body }) => statusOf(body) === 'resolved'))
    expect(hook.received.map(({ body }) => statusOf(body))).toEqual(['firing', 'resolved'])
  }, 60_000)
})

function statusOf(body: string): string {
  return (JSON.parse(body) as { status: string }).status
}

/** Resolves when it holds; the test's own limit ends waiting for ever. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds().catch(() => false))) await new Promise((done) => setTimeout(done, 50))
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  await new Promise((done) => server.close(done))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
