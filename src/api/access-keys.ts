import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DetectError } from '../domain/errors.ts'
import { isObject, show } from '../domain/problem.ts'

/** Who may call, as the credentials of the AWS command line and SDKs. */
export interface AccessKey {
  accessKeyId: string
  secretAccessKey: string
  /** `read-only`: everything that changes something is denied. */
  access: 'admin' | 'read-only'
}

const FILE = 'access-keys.json'
const ID = /^[A-Za-z0-9]{8,128}$/
const ID_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/**
 * The keys of a data directory. The first start makes an admin pair, which is then to be shown to the
 * operator once: `made`. `randomBytes` is the source of chance, a good one.
 */
export function loadAccessKeys(
  directory: string,
  randomBytes: (size: number) => Buffer,
): { keys: AccessKey[]; made: AccessKey | null } {
  const path = join(directory, FILE)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new DetectError('state', `${path}: ${(error as Error).message}`, { cause: error })
    }
    const made = makeAccessKey('admin', randomBytes)
    const written = `${JSON.stringify({ accessKeys: [made] }, null, 2)}\n`
    writeFileSync(path, written, { mode: 0o600, flag: 'wx' })
    return { keys: [made], made }
  }
  return { keys: parseAccessKeys(text, path), made: null }
}

export function makeAccessKey(
  access: AccessKey['access'],
  randomBytes: (size: number) => Buffer,
): AccessKey {
  const letters = [...randomBytes(16)].map((byte) => ID_LETTERS[byte % ID_LETTERS.length])
  return {
    accessKeyId: `AKIA${letters.join('')}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    access,
  }
}

/** Reads `{"accessKeys": [{"accessKeyId", "secretAccessKey", "access"}]}`; no message holds a secret. */
export function parseAccessKeys(text: string, place: string): AccessKey[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw new DetectError('usage', `${place}: not JSON`)
  }
  const list = isObject(parsed) ? parsed.accessKeys : undefined
  if (!Array.isArray(list) || list.length === 0) {
    throw new DetectError('usage', `${place}: it should be {"accessKeys": [...]}, with a key in it`)
  }
  const keys = list.map((item: unknown, i) => readAccessKey(item, `${place}: accessKeys[${i}]`))
  for (const [i, { accessKeyId }] of keys.entries()) {
    if (keys.findIndex((key) => key.accessKeyId === accessKeyId) === i) continue
    throw new DetectError('usage', `${place}: accessKeys[${i}]: ${accessKeyId} is there already`)
  }
  return keys
}

function readAccessKey(item: unknown, place: string): AccessKey {
  const { accessKeyId, secretAccessKey, access } = isObject(item) ? item : {}
  if (typeof accessKeyId !== 'string' || !ID.test(accessKeyId)) {
    throw new DetectError('usage', `${place}.accessKeyId should be 8 to 128 letters and digits`)
  }
  if (typeof secretAccessKey !== 'string' || secretAccessKey.length < 16) {
    throw new DetectError('usage', `${place}.secretAccessKey should have 16 characters or more`)
  }
  if (access !== 'admin' && access !== 'read-only') {
    const message = `${place}.access ${show(access)} should be "admin" or "read-only"`
    throw new DetectError('usage', message)
  }
  return { accessKeyId, secretAccessKey, access }
}
