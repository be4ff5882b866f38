import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Duplex } from 'node:stream'
import { type Answer, failure } from './answer.ts'
import { ApiError } from './errors.ts'
import type { Limits } from './limits.ts'

/** Certificate and key, PEM. */
export interface Tls {
  cert: string | Buffer
  key: string | Buffer
}

type Listener = (incoming: IncomingMessage, outgoing: ServerResponse) => void

/**
 * An HTTP server that no client can hold up or stop: bounded headers, connections and idle times, and an
 * answer in JSON to whatever is not HTTP.
 */
export function boundedServer(
  listener: Listener,
  limits: Limits,
  tls: Tls | null,
  uuid: () => string,
): Server {
  const options = {
    maxHeaderSize: limits.headers,
    headersTimeout: limits.headersMs,
    // Own routes stream for as long as they like; the bodies of operations have a limit of their own.
    requestTimeout: 0,
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: Math.min(limits.headersMs, 5_000),
    requireHostHeader: false,
    keepAlive: true,
    noDelay: true,
  }
  const server: Server =
    tls === null
      ? createServer(options, listener)
      : createTlsServer({ ...options, ...tls }, listener)
  server.maxConnections = limits.connections
  server.setTimeout(limits.idleMs)
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    refuse(socket, error, uuid())
  })
  server.on('checkExpectation', (_incoming, outgoing: ServerResponse) => {
    const error = new ApiError('InvalidRequest', 'The only expectation there is is 100-continue')
    send(outgoing, failure(error, uuid()))
  })
  return server
}

/** Writes an answer to a response whose headers have not left yet; otherwise breaks off. */
export function send(outgoing: ServerResponse, { status, headers, body }: Answer): void {
  if (outgoing.headersSent) {
    outgoing.destroy()
    return
  }
  outgoing.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body)
}

/** What cannot be parsed has no response object: the answer is written by hand. */
function refuse(socket: Duplex, error: NodeJS.ErrnoException, requestId: string): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const { status, headers, body } = failure(parserError(error.code), requestId)
  const lines = Object.entries({
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(
    `HTTP/1.1 ${status} ${REASONS[status] ?? 'Bad Request'}\r\n${lines.join('')}\r\n${body}`,
  )
}

const REASONS: Readonly<Record<number, string>> = {
  408: 'Request Timeout',
  413: 'Content Too Large',
}

function parserError(code: string | undefined): ApiError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new ApiError('RequestEntityTooLarge', 'The headers are too long')
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new ApiError('RequestTimeout', 'The headers did not arrive in time')
  }
  return new ApiError('InvalidRequest', 'This is not an HTTP request')
}
