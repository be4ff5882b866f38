import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { isNetwork } from '../adapters/address-guard.ts'
import { DetectError } from '../domain/errors.ts'
import { readJsonDocuments } from '../domain/json-documents.ts'
import { didYouMean, show } from '../domain/problem.ts'

interface ReceiverSettings {
  url: string
  headers: Readonly<Record<string, string>>
  /** Only these security profiles; absent: all. */
  securityProfiles?: readonly string[] | undefined
}

export interface NamedWebhook extends ReceiverSettings {
  name: string
  secrets: readonly string[]
  /** One key a line, relative to the file that says so; read at the start. */
  secretsFile?: string | undefined
}

/** Where alarms go, and how: what `--notify` names. */
export interface NotifySettings {
  webhooks: readonly NamedWebhook[]
  alertmanager?: ReceiverSettings | undefined
  sns?: { endpoint?: string | undefined; region?: string | undefined } | undefined
  /** Whether notifications are lines of the program's log too. */
  log: boolean
  floods: { from: number; windowSeconds: number }
  retries: { attempts: number; firstSeconds: number; longestSeconds: number }
  timeoutSeconds: number
  maxAnswerBytes: number
  redirects: number
  /** Private addresses and networks that deliveries may go to. */
  allowAddresses: readonly string[]
}

/** A key of Standard Webhooks: base64 behind `whsec_`, of 24 bytes at least. */
const SECRET = /^(?:whsec_)?([A-Za-z0-9+/]{32,}={0,2})$/

const url = z.string().refine((text) => {
  const parsed = URL.canParse(text) ? new URL(text) : null
  return parsed !== null && /^https?:$/.test(parsed.protocol)
}, 'should be a URL of http or https')
const secret = z
  .string()
  .regex(SECRET, 'should be "whsec_" and at least 24 bytes of base64: openssl rand -base64 32')
const headers = z.record(z.string().regex(/^[A-Za-z0-9-]+$/), z.string().regex(/^[\t\x20-\x7e]*$/))
const seconds = z
  .number()
  .positive()
  .max(86_400 * 7)
const receiver = {
  url,
  headers: headers.default({}),
  securityProfiles: z.array(z.string()).optional(),
}

const SCHEMA = z.strictObject({
  webhooks: z
    .array(
      z.strictObject({
        name: z
          .string()
          .regex(/^[a-zA-Z0-9_-]{1,64}$/, 'should be 1 to 64 letters, digits, _ or -'),
        ...receiver,
        secrets: z.array(secret).default([]),
        secretsFile: z.string().optional(),
      }),
    )
    .default([]),
  alertmanager: z.strictObject(receiver).optional(),
  sns: z
    .strictObject({
      endpoint: url.optional(),
      region: z
        .string()
        .regex(/^[a-z0-9-]+$/)
        .optional(),
    })
    .optional(),
  log: z.boolean().default(false),
  floods: z
    .strictObject({
      from: z.int().min(2).default(10),
      windowSeconds: seconds.default(300),
    })
    .prefault({}),
  retries: z
    .strictObject({
      attempts: z.int().min(1).max(10_000).default(60),
      firstSeconds: seconds.default(5),
      longestSeconds: seconds.default(3_600),
    })
    .prefault({}),
  timeoutSeconds: seconds.default(10),
  maxAnswerBytes: z.int().min(0).default(65_536),
  redirects: z.int().min(0).max(10).default(0),
  allowAddresses: z
    .array(z.string().refine(isNetwork, 'should be an address or a network: 10.1.0.0/16'))
    .default([]),
})

/** Nobody is told of anything. */
export const NO_NOTIFICATIONS: NotifySettings = SCHEMA.parse({})

/** Throws a usage error that names each wrong place, but no value that may be a secret. */
export function readNotifyFile(path: string): NotifySettings {
  const text = read(path)
  const { documents, error } = readJsonDocuments(text)
  if (error !== null) {
    throw usage(`${path}: line ${error.line}, column ${error.column}: ${error.message}`)
  }
  const parsed = SCHEMA.safeParse(documents[0])
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => `${path}: ${wordsOf(issue, documents[0])}`)
    throw usage(wrong.join('\n'))
  }
  const settings: NotifySettings = parsed.data
  const names = settings.webhooks.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) < i)
  if (twice !== undefined) throw usage(`${path}: two webhooks are called ${show(twice)}`)
  return { ...settings, webhooks: settings.webhooks.map((hook) => withSecretsFile(hook, path)) }
}

/** The bytes a secret stands for. */
export function secretBytes(text: string): Uint8Array {
  return Buffer.from(text.replace(/^whsec_/, ''), 'base64')
}

function withSecretsFile(hook: NamedWebhook, path: string): NamedWebhook {
  if (hook.secretsFile === undefined) return hook
  const file = resolve(dirname(path), hook.secretsFile)
  const lines = read(file)
    .split(/\r?\n/)
    .map((line) => line.trim())
  const secrets = lines.filter((line) => line !== '')
  const bad = secrets.findIndex((line) => !SECRET.test(line))
  if (bad >= 0 || secrets.length === 0) {
    throw usage(`${file}: line ${bad + 1} is no secret: "whsec_" and at least 24 bytes of base64`)
  }
  return { ...hook, secrets: [...hook.secrets, ...secrets] }
}

function wordsOf(issue: z.core.$ZodIssue, document: unknown): string {
  const path = issue.path.reduce<string>(
    (text, part) =>
      typeof part === 'number'
        ? `${text}[${part}]`
        : `${text}${text === '' ? '' : '.'}${String(part)}`,
    '',
  )
  if (issue.code === 'unrecognized_keys') {
    const known = knownAt(issue.path)
    const unknown = issue.keys.map((key) => show(key) + didYouMean(key, known)).join(', ')
    return `${path === '' ? '' : `${path}: `}unknown member ${unknown}`
  }
  const hidden = issue.path.some(
    (part) => part === 'secrets' || part === 'headers' || part === 'url',
  )
  const value = issue.path.reduce<unknown>(
    (at, part) => (at as Record<PropertyKey, unknown> | undefined)?.[part],
    document,
  )
  return `${path === '' ? 'the whole' : path}${hidden ? '' : ` ${show(value)}`}: ${issue.message}`
}

function knownAt(path: readonly PropertyKey[]): string[] {
  const shapes: Readonly<Record<string, object>> = {
    webhooks: SCHEMA.shape.webhooks.unwrap().element.shape,
    alertmanager: SCHEMA.shape.alertmanager.unwrap().shape,
    sns: SCHEMA.shape.sns.unwrap().shape,
    floods: SCHEMA.shape.floods.unwrap().shape,
    retries: SCHEMA.shape.retries.unwrap().shape,
  }
  return Object.keys(shapes[String(path[0])] ?? SCHEMA.shape)
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw usage((error as Error).message)
  }
}

function usage(message: string): DetectError {
  return new DetectError('usage', message)
}
