import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { getRequestListener, RequestError } from '@hono/node-server'
import type { AccessKey } from './access-keys.ts'
import { failure } from './answer.ts'
import { type AppParts, operationsApp } from './app.ts'
import { anybody, authenticator, type Claim } from './authenticate.ts'
import { ApiError, invalidRequest } from './errors.ts'
import { HANDLERS } from './handlers.ts'
import { type OwnRoute, queryOf } from './own-routes.ts'
import { boundedServer, send, type Tls } from './server.ts'
import { type SignedRequest, signedRequestOf } from './signature/signed-request.ts'
import { splitTarget } from './target.ts'

export interface ApiParts extends Omit<AppParts, 'handlers' | 'authenticate'> {
  own: readonly OwnRoute[]
  /** `null`: whoever reaches it is an admin. Only for loopback. */
  keys: readonly AccessKey[] | null
  tls: Tls | null
}

const LAST_WORD_MS = 500

/** The control plane, ready to `listen`: the operations of the table, and our own routes beside them. */
export function createApi(parts: ApiParts): Server {
  const { keys, clock, limits, uuid, report } = parts
  const authenticate = keys === null ? anybody : authenticator(keys, clock, limits.skewMs)
  const app = operationsApp({ ...parts, handlers: HANDLERS, authenticate })
  const operations = getRequestListener(app.fetch, {
    overrideGlobalObjects: false,
    errorHandler: (error) => {
      const told = error instanceof RequestError ? invalidRequest(error.message) : error
      const { status, headers, body } = failure(told, uuid())
      return new Response(body, { status, headers })
    },
  })
  const own = new Map(parts.own.map((route) => [`${route.method} ${route.path}`, route]))
  return boundedServer(
    (incoming, outgoing) => {
      incoming.on('error', () => {})
      const { path } = splitTarget(incoming.url ?? '')
      const route = own.get(`${incoming.method ?? ''} ${path}`)
      const served =
        route === undefined
          ? operations(incoming, outgoing)
          : serveOwn(route, incoming, outgoing, authenticate)
      served.catch((error: unknown) => {
        const requestId = uuid()
        if (!(error instanceof ApiError)) report(error, requestId)
        send(outgoing, failure(error, requestId))
        outgoing.once('finish', () => breakOff(incoming))
      })
    },
    limits,
    parts.tls,
    uuid,
  )
}

async function serveOwn(
  route: OwnRoute,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  authenticate: (request: SignedRequest) => Claim,
): Promise<void> {
  if (route.needs !== 'nothing') {
    const caller = authenticate(signedRequestOf(incoming)).checkWithoutBody()
    if (route.needs === 'write' && caller.access !== 'admin') {
      throw new ApiError('AccessDenied', `${route.method} ${route.path} needs an admin key`)
    }
  }
  // A known caller may pause, and so may we: back pressure is silence on the line.
  if (route.needs === 'write') incoming.setTimeout(0)
  await route.handle(incoming, outgoing, queryOf(route, incoming.url ?? ''))
}

/** Who was refused has a moment to hear it, but need not send the rest of a body. */
function breakOff(incoming: IncomingMessage): void {
  if (incoming.complete) return
  setTimeout(() => incoming.destroy(), LAST_WORD_MS).unref()
}
