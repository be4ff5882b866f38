import type { IncomingMessage, ServerResponse } from 'node:http'
import type { OwnQuery, OwnRoute } from '../api/own-routes.ts'
import { show } from '../domain/problem.ts'
import { isThingName, THING_NAME } from '../domain/thing-name.ts'
import { type Format, FORMATS } from '../formats/sniff.ts'
import type { Ingest } from './ingest.ts'

const MAX_KEY = 256
/** As in the IETF's draft of the header (draft-ietf-httpapi-idempotency-key-header). */
const ANOTHER_BODY =
  'this Idempotency-Key was used for another body or thing; a new batch needs a new key'
/** Gzip is told by its content, whatever the header says. */
const ENCODINGS: ReadonlySet<string> = new Set(['', 'identity', 'gzip', 'x-gzip'])
/** What content types say; of others the content itself is asked. */
const FORMAT_OF_TYPE: Readonly<Record<string, Format>> = {
  'application/x-ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  'text/csv': 'csv',
  'application/cbor': 'cbor',
  'application/vnd.apache.arrow.stream': 'arrow-stream',
  'application/vnd.apache.arrow.file': 'arrow-file',
}

/**
 * `POST /datapoints`: a batch in any format that can be read from a stream, gzip undone unasked; of the thing in the
 * query where it does not say whose it is. Its answer means that what it accepts is on the disk.
 */
export function datapointsRoute(ingest: Ingest, notReady: () => string | null): OwnRoute {
  return {
    method: 'POST',
    path: '/datapoints',
    needs: 'write',
    parameters: ['format', 'thing'],
    async handle(request, response, query) {
      const reason = notReady()
      if (reason !== null) return refuse(request, response, 503, reason)
      const asked = readRequest(request, query)
      if ('fault' in asked) return refuse(request, response, asked.status, asked.fault)
      const { format, thing, key } = asked
      const ingested = await ingest.take({ body: request, format, thing }, key)
      if (ingested.kind === 'under-way') {
        return refuse(request, response, 409, 'a batch with this Idempotency-Key is under way')
      }
      if (ingested.kind === 'another-body') {
        return refuse(request, response, 422, ANOTHER_BODY)
      }
      if (ingested.kind === 'broken') {
        const { message, answer } = ingested
        response.setHeader('Connection', 'close')
        reply(response, 400, { message, ...answer })
        request.resume()
        return
      }
      if (ingested.again) response.setHeader('Idempotent-Replayed', 'true')
      request.resume()
      reply(response, 200, ingested.answer)
    },
  }
}

type Asked =
  | { format: Format | null; thing: string | null; key: string | null }
  | { status: 400 | 415; fault: string }

function readRequest({ headers }: IncomingMessage, query: OwnQuery): Asked {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  if (!ENCODINGS.has(encoding)) {
    const fault = `Content-Encoding "${encoding.slice(0, 50)}" should be gzip or identity`
    return { status: 415, fault }
  }
  const named = query.format ?? null
  if (named !== null && !Object.hasOwn(FORMATS, named)) {
    return {
      status: 400,
      fault: `format "${named.slice(0, 50)}" should be one of ${Object.keys(FORMATS).join(', ')}`,
    }
  }
  const type = (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase()
  const format = (named as Format | null) ?? FORMAT_OF_TYPE[type] ?? null
  if (format === 'parquet' || type === 'application/vnd.apache.parquet') {
    const fault = 'Parquet cannot be read from a stream: give it to replay as a file'
    return { status: 400, fault }
  }
  const key = headers['idempotency-key'] ?? null
  if (Array.isArray(key) || (key !== null && (key === '' || key.length > MAX_KEY))) {
    return { status: 400, fault: `Idempotency-Key should have 1 to ${MAX_KEY} characters` }
  }
  const thing = query.thing ?? null
  if (thing !== null && !isThingName(thing)) {
    return { status: 400, fault: `thing ${show(thing)} should be ${THING_NAME}` }
  }
  return { format, thing, key }
}

/** Nothing more is read: the connection ends with the answer. */
function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  message: string,
): void {
  response.setHeader('Connection', 'close')
  if (status === 409 || status === 503) response.setHeader('Retry-After', '1')
  reply(response, status, { message })
  request.resume()
}

function reply(response: ServerResponse, status: number, body: object): void {
  if (response.destroyed) return
  const text = `${JSON.stringify(body)}\n`
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}
