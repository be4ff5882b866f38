import type { IncomingMessage } from 'node:http'
import { ApiError, invalidRequest } from '../api/errors.ts'
import type { OwnRoute } from '../api/own-routes.ts'
import { isObject, type JsonObject } from '../domain/problem.ts'
import { ALL_THINGS } from '../domain/targets.ts'
import type { BacktestQuery, BacktestReport } from './backtest.ts'
import { type Configuration, readConfiguration } from './configuration.ts'

const MAX_BODY = 262_144
const DEFAULT_DAYS = 7
const MAX_DAYS = 365

/**
 * `POST /backtest`: `{"securityProfileName": NAME, "days": N}` for a profile that is there, with its targets, or
 * `{"profile": {...}, "days": N}` for one that is not, for all things. One at a time.
 */
export function backtestRoute(
  configuration: () => Configuration,
  run: (query: BacktestQuery) => Promise<BacktestReport>,
): OwnRoute {
  let busy = false
  return {
    method: 'POST',
    path: '/backtest',
    needs: 'read',
    parameters: [],
    async handle(request, response) {
      const query = queryOf(await readJson(request), configuration())
      if (busy) throw new ApiError('ServiceUnavailable', 'A backtest is under way')
      busy = true
      try {
        const text = `${JSON.stringify(await run(query))}\n`
        response.writeHead(200, {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
        })
        response.end(text)
      } finally {
        busy = false
      }
    },
  }
}

function queryOf(body: JsonObject, configuration: Configuration): BacktestQuery {
  const days = body.days ?? DEFAULT_DAYS
  if (typeof days !== 'number' || !(days > 0 && days <= MAX_DAYS)) {
    throw invalidRequest(`days should be a number above 0, at most ${MAX_DAYS}`)
  }
  const problems: string[] = []
  const tell = (message: string): void => void problems.push(message)
  if (body.profile !== undefined) {
    if (!isObject(body.profile)) throw invalidRequest('profile should be a security profile')
    const name =
      typeof body.profile.securityProfileName === 'string' ? body.profile.securityProfileName : ''
    const source = { ...body.profile }
    const tried = { ...configuration, profiles: [{ name, created: 0, source }] }
    const { profiles, definitions } = readConfiguration(tried, tell)
    const [profile] = profiles
    if (profile === undefined) throw invalidRequest(problems.join('; '))
    return { profile, targets: ALL_THINGS, definitions, days }
  }
  const { profiles, targets, definitions } = readConfiguration(configuration, tell)
  const profile = profiles.find(({ name }) => name === body.securityProfileName)
  if (profile !== undefined) return { profile, targets, definitions, days }
  throw new ApiError('ResourceNotFound', 'securityProfileName should be that of a security profile')
}

async function readJson(request: IncomingMessage): Promise<JsonObject> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of request as AsyncIterable<Uint8Array>) {
    length += piece.length
    if (length > MAX_BODY) throw new ApiError('RequestEntityTooLarge', 'The body is too long')
    pieces.push(piece)
  }
  try {
    const body: unknown = JSON.parse(Buffer.concat(pieces).toString())
    if (isObject(body)) return body
  } catch {
    throw invalidRequest('The body is not JSON')
  }
  throw invalidRequest('The body should be a JSON object')
}
