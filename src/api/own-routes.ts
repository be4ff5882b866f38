import type { IncomingMessage, ServerResponse } from 'node:http'
import { didYouMean, show } from '../domain/problem.ts'
import { invalidRequest } from './errors.ts'
import { readQuery } from './query.ts'
import { splitTarget } from './target.ts'

/**
 * A route of our own beside the service's operations, on the raw streams of node: not reading is its back
 * pressure. It answers by itself, its errors too; what it throws becomes a 500.
 */
export interface OwnRoute {
  method: 'GET' | 'POST' | 'DELETE'
  /** The whole path, without labels. */
  path: string
  /** `nothing`: anybody may call it. */
  needs: 'nothing' | 'read' | 'write'
  /** What its query may hold; anything else is refused before `handle` is called. */
  parameters: readonly string[]
  handle(request: IncomingMessage, response: ServerResponse, query: OwnQuery): Promise<void>
}

/** A query by name, percent-decoded. */
export type OwnQuery = Readonly<Record<string, string | undefined>>

/** What the request's query says, in terms of its route; throws for what the route does not know. */
export function queryOf({ method, path, parameters }: OwnRoute, target: string): OwnQuery {
  const query = readQuery(splitTarget(target).query)
  for (const name of Object.keys(query)) {
    if (parameters.includes(name)) continue
    const known = parameters.length === 0 ? 'has none' : `knows ${parameters.join(', ')}`
    throw invalidRequest(
      `Unknown parameter ${show(name)}: ${method} ${path} ${known}${didYouMean(name, parameters)}`,
    )
  }
  return query
}
