import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { channelsOf } from '../../src/compose/channels.ts'
import { NO_NOTIFICATIONS, readNotifyFile, secretBytes } from '../../src/compose/notify-file.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-detect-notify-'))
  path = join(folder, 'notify.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

function read(content: unknown) {
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return readNotifyFile(path)
}

const HOOK = { name: 'ops', url: 'https://hooks.example.org/T0/s3cret' }

describe('the file of --notify', () => {
  it('makes the channels it names, with defaults for all the rest', async () => {
    const settings = read({
      webhooks: [{ ...HOOK, secrets: [SECRET], securityProfiles: ['sensors'] }],
      alertmanager: { url: 'http://alertmanager:9093' },
      sns: {},
      log: true,
    })
    expect(settings).toMatchObject({
      floods: { from: 10, windowSeconds: 300 },
      retries: { attempts: 60, firstSeconds: 5, longestSeconds: 3_600 },
      timeoutSeconds: 10,
      redirects: 0,
      allowAddresses: [],
    })
    const channels = await channelsOf(settings, () => {})
    expect(channels.map(({ name }) => name)).toEqual(['webhook/ops', 'alertmanager', 'sns', 'log'])
    expect(channels[0]!.profiles).toEqual(new Set(['sensors']))
    expect(await channelsOf(NO_NOTIFICATIONS, () => {})).toEqual([])
  })

  it('reads secrets from a file beside it, several while they are exchanged', () => {
    writeFileSync(join(folder, 'ops.key'), `${SECRET}\n\n${'A'.repeat(44)}\n`)
    const { webhooks } = read({ webhooks: [{ ...HOOK, secretsFile: 'ops.key' }] })
    expect(webhooks[0]?.secrets).toEqual([SECRET, 'A'.repeat(44)])
    expect(secretBytes(SECRET)).toHaveLength(24)
    writeFileSync(join(folder, 'ops.key'), `${SECRET}\nhush\n`)
    expect(() => read({ webhooks: [{ ...HOOK, secretsFile: 'ops.key' }] })).toThrow(
      /ops\.key: line 2 is no secret: "whsec_"/,
    )
    expect(() => read({ webhooks: [{ ...HOOK, secretsFile: 'no' }] })).toThrow(/ENOENT.*no'/)
  })

  it.each<[string, unknown, string]>([
    ['no JSON', '{\n  "log": tru\n}', 'line 2, column 10: found "t" where a value should be'],
    ['no object', '[]', 'the whole []: Invalid input: expected object, received array'],
    ['an unknown member', { webhook: [] }, 'unknown member "webhook"; did you mean "webhooks"?'],
    [
      'an unknown member inside',
      { webhooks: [{ ...HOOK, secret: SECRET }] },
      'webhooks[0]: unknown member "secret"; did you mean "secrets"?',
    ],
    [
      'no URL',
      { webhooks: [{ ...HOOK, url: 'ftp://x' }] },
      'webhooks[0].url: should be a URL of http or https',
    ],
    [
      'a missing name',
      { webhooks: [{ url: HOOK.url }] },
      'webhooks[0].name undefined: Invalid input',
    ],
    ['a name twice', { webhooks: [HOOK, HOOK] }, 'two webhooks are called "ops"'],
    ['a number for a flag', { log: 1 }, 'log 1: Invalid input: expected boolean'],
    [
      'no network',
      { allowAddresses: ['10.0.0.0/40'] },
      'allowAddresses[0] "10.0.0.0/40": should be an address',
    ],
    ['a flood of one', { floods: { from: 1 } }, 'floods.from 1: '],
    ['a file that is not there', null, 'ENOENT'],
  ])('says what is wrong with %s', (_what, content, message) => {
    if (content === null) expect(() => readNotifyFile(join(folder, 'missing'))).toThrow(message)
    else expect(() => read(content)).toThrow(message)
  })

  it('says all that is wrong, and shows no secret', () => {
    const wrong = {
      webhooks: [{ ...HOOK, secrets: ['hush-hush'], headers: { authorization: 77007700 } }],
      log: 3,
    }
    let message = ''
    try {
      read(wrong)
    } catch (error) {
      message = (error as Error).message
    }
    expect(message.split('\n')).toHaveLength(3)
    expect(message).not.toMatch(/hush|s3cret|77007700/)
  })
})
