import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { SECOND_MS } from '../domain/time.ts'
import { DeliveryFailed } from '../respond/channel.ts'
import type { AddressGuard } from './address-guard.ts'
import { withDeadline } from './deadline.ts'

/** What a delivery over HTTP may do. */
export interface PostLimits {
  guard: AddressGuard
  /** From the first byte sent to the last one read, redirects included. */
  timeoutMs: number
  /** An answer is read so far and no further. */
  maxAnswerBytes: number
  /** Redirects that are followed (307 and 308 only, as a POST stays one); 0: none. */
  redirects: number
}

const SHOWN_CHARACTERS = 200

/** What is wrong with the body, not with who asks or where: another one may be taken. */
const REFUSES_BODY: readonly number[] = [400, 409, 413, 422]

/**
 * Posts a body; resolves on a 2xx. Rejects with a `DeliveryFailed` that names the origin and nothing else of the URL
 * or the headers, where secrets live.
 */
export async function post(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  limits: PostLimits,
  signal: AbortSignal,
): Promise<void> {
  await withDeadline(limits.timeoutMs, signal, (deadline) =>
    follow(url, headers, body, limits, deadline, signal),
  )
}

async function follow(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  limits: PostLimits,
  deadline: AbortSignal,
  stopped: AbortSignal,
): Promise<void> {
  let at = url
  for (let hop = 0; ; hop++) {
    const answer = await answerOf(at, headers, body, limits, deadline, stopped)
    if (answer.status >= 200 && answer.status < 300) return
    const next = redirection(answer, at)
    if (next === null) throw refused(at, answer)
    if (hop >= limits.redirects || answer.status < 307) {
      throw new DeliveryFailed(`${place(at)} redirects to ${place(next)}: not followed`)
    }
    if (next.origin !== url.origin) headers = withoutCredentials(headers)
    at = next
  }
}

interface Answer {
  status: number
  location: string | null
  retryAfter: string | null
  start: string
}

async function answerOf(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  limits: PostLimits,
  deadline: AbortSignal,
  stopped: AbortSignal,
): Promise<Answer> {
  limits.guard.checkHost(url.hostname)
  try {
    return await exchange(url, headers, body, limits, deadline)
  } catch (error) {
    if (error instanceof DeliveryFailed) throw error
    const options = { cause: error }
    if (stopped.aborted) throw new DeliveryFailed(`${place(url)}: stopped`, options)
    if (deadline.aborted) {
      throw new DeliveryFailed(`${place(url)}: no answer in ${limits.timeoutMs} ms`, options)
    }
    throw new DeliveryFailed(`${place(url)}: ${wordsOf(error)}`, options)
  }
}

function exchange(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  limits: PostLimits,
  signal: AbortSignal,
): Promise<Answer> {
  const options: RequestOptions = {
    method: 'POST',
    headers: {
      ...headers,
      'content-length': Buffer.byteLength(body),
      'user-agent': 'fleet-detect',
    },
    agent: false,
    lookup: limits.guard.lookup,
    signal,
    ...(url.username === '' ? {} : { auth: credentials(url) }),
  }
  const { promise, resolve, reject } = deferred<Answer>()
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  const request = send(url, options, (response) => {
    startOf(response, limits.maxAnswerBytes).then(
      (start) =>
        resolve({
          status: response.statusCode ?? 0,
          location: response.headers.location ?? null,
          retryAfter: response.headers['retry-after'] ?? null,
          start,
        }),
      reject,
    )
  })
  request.on('error', reject)
  request.end(body)
  return promise
}

function deferred<T>() {
  let resolve!: (value: T) => void
  let reject!: (error: unknown) => void
  const promise = new Promise<T>((done, fail) => {
    resolve = done
    reject = fail
  })
  return { promise, resolve, reject }
}

/** The first bytes of an answer; the connection is closed behind them. */
async function startOf(response: IncomingMessage, maxBytes: number): Promise<string> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of response as AsyncIterable<Buffer>) {
    pieces.push(piece)
    bytes += piece.length
    if (bytes >= maxBytes) break
  }
  response.destroy()
  return Buffer.concat(pieces).subarray(0, maxBytes).toString('utf8')
}

function redirection({ status, location }: Answer, from: URL): URL | null {
  if (status < 300 || status > 399 || location === null || !URL.canParse(location, from.href))
    return null
  const next = new URL(location, from)
  return next.protocol === 'http:' || next.protocol === 'https:' ? next : null
}

function refused(url: URL, { status, retryAfter, start }: Answer): DeliveryFailed {
  const words = start
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, SHOWN_CHARACTERS)
  const seconds = retryAfter !== null && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : 0
  return new DeliveryFailed(`${place(url)} answered ${status}${words === '' ? '' : `: ${words}`}`, {
    retryAfterMs: seconds * SECOND_MS,
    refused: REFUSES_BODY.includes(status),
  })
}

function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization'),
  )
}

function credentials(url: URL): string {
  return `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
}

/** The path too may be a secret, as in the webhooks of chats. */
function place(url: URL): string {
  return url.origin
}

function wordsOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(wordsOf).join(', ')
  return error instanceof Error ? error.message : String(error)
}
