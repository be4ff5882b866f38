import { Hono } from 'hono'
import type { HttpBindings } from '@hono/node-server'
import type { Clock } from '../domain/time.ts'
import type { Store } from '../store/store.ts'
import { type Answer, failure, success } from './answer.ts'
import type { Caller, Claim } from './authenticate.ts'
import { callOperation } from './call.ts'
import type { Context, Handlers } from './context.ts'
import { ApiError, notFound } from './errors.ts'
import { readJsonBody } from './json-body.ts'
import { type Limits, rateOf } from './limits.ts'
import { ALL_OPERATIONS, type Operation } from './operation.ts'
import { readQuery } from './query.ts'
import { BodyRoom, readBody } from './read-body.ts'
import { type SignedRequest, signedRequestOf } from './signature/signed-request.ts'
import { splitTarget } from './target.ts'
import { TokenBuckets } from './token-bucket.ts'

export interface AppParts {
  handlers: Handlers
  store: Store
  engine: Context['engine']
  identity: Context['identity']
  clock: Clock
  uuid: () => string
  limits: Limits
  /** Whose request it is, as far as it can be told without the body; throws for strangers. */
  authenticate: (request: SignedRequest) => Claim
  /** Is told of faults that are ours, with the id that the client was given. */
  report: (error: unknown, requestId: string) => void
}

interface Bindings {
  Bindings: HttpBindings
}

/** All operations of the table behind their routes. */
export function operationsApp(parts: AppParts): Hono<Bindings> {
  // The path as it was sent: labels are told apart before they are decoded.
  const app = new Hono<Bindings>({
    getPath: (_request, options) => splitTarget(options?.env?.incoming.url ?? '').path,
  })
  const buckets = new TokenBuckets()
  const room = new BodyRoom(parts.limits.bodies)
  for (const operation of literalsFirst(ALL_OPERATIONS)) {
    const path = operation.path.replace(/\{(\w+)\}/g, ':$1')
    app.on(operation.method, path, async (c) => {
      const requestId = parts.uuid()
      const labels = c.req.param() as Readonly<Record<string, string>>
      return respond(await serve(operation, labels, c.env, parts, buckets, room, requestId))
    })
  }
  app.notFound((c) => {
    const { path } = splitTarget(c.env.incoming.url ?? '')
    const error = notFound(`No operation has ${c.req.method} ${path.slice(0, 200)}`)
    return respond(failure(error, parts.uuid()))
  })
  app.onError((error) => {
    const requestId = parts.uuid()
    parts.report(error, requestId)
    return respond(failure(error, requestId))
  })
  return app
}

async function serve(
  operation: Operation,
  labels: Readonly<Record<string, string>>,
  { incoming }: HttpBindings,
  parts: AppParts,
  buckets: TokenBuckets,
  room: BodyRoom,
  requestId: string,
): Promise<Answer> {
  const { limits, clock } = parts
  let held = 0
  try {
    const claim = parts.authenticate(signedRequestOf(incoming))
    const body = await readBody(incoming, limits.body, limits.requestMs, room)
    held = body.length
    const caller = claim.check(body)
    checkAccess(caller, operation, parts)
    const client = caller.accessKeyId || (incoming.socket.remoteAddress ?? '')
    const { bucket, rate } = rateOf(limits.rate, client, operation.name)
    if (!buckets.take(bucket, rate, clock.now())) throw new ApiError('Throttling', 'Rate exceeded')
    const raw = {
      labels,
      query: readQuery(splitTarget(incoming.url ?? '').query),
      body: operation.body.length === 0 ? {} : readJsonBody(body),
    }
    const { handlers, store, engine, identity, uuid } = parts
    const base = {
      database: store.database,
      engine,
      identity,
      uuid,
      host: incoming.headers.host ?? '',
      now: clock.now(),
    }
    return success(await callOperation(operation, raw, handlers, base), requestId)
  } catch (error) {
    if (!(error instanceof ApiError)) parts.report(error, requestId)
    return failure(error, requestId)
  } finally {
    room.leave(held)
  }
}

function checkAccess(caller: Caller, { name, reads }: Operation, { identity }: AppParts): void {
  if (reads || caller.access === 'admin') return
  const user = `arn:aws:iam::${identity.account}:user/${caller.accessKeyId}`
  throw new ApiError('AccessDenied', `User: ${user} is not authorized to perform: iot:${name}`)
}

/** `/thing-groups/addThingToThingGroup` must be asked before `/thing-groups/{thingGroupName}`. */
function literalsFirst(operations: readonly Operation[]): Operation[] {
  return [...operations].sort((a, b) => a.labels.length - b.labels.length)
}

function respond({ status, headers, body }: Answer): Response {
  return new Response(body, { status, headers })
}
