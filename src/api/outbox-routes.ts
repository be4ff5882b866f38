import { show } from '../domain/problem.ts'
import type { Clock } from '../domain/time.ts'
import type { Database } from '../store/database.ts'
import { listUndelivered, reviveDead } from '../store/undelivered.ts'
import { invalidRequest } from './errors.ts'
import type { OwnRoute } from './own-routes.ts'

const LISTED = 100

/** What has not left, and a second chance for what was given up. `retry`: all of a channel is due again. */
export function outboxRoutes(
  database: Database,
  clock: Clock,
  retry: (channel: string) => void,
): OwnRoute[] {
  return [
    {
      method: 'GET',
      path: '/notifications',
      needs: 'read',
      parameters: ['state'],
      async handle(_request, response, { state = 'dead' }) {
        if (state !== 'dead' && state !== 'waiting') {
          throw invalidRequest(`state ${show(state)} should be dead or waiting`)
        }
        const notifications = listUndelivered(database, state, LISTED).map((row) => ({
          ...row,
          created: new Date(row.created).toISOString(),
          due: new Date(row.due).toISOString(),
        }))
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(`${JSON.stringify({ notifications }, null, 2)}\n`)
      },
    },
    {
      method: 'POST',
      path: '/notifications/retry',
      needs: 'write',
      parameters: ['channel'],
      async handle(_request, response, { channel }) {
        if (channel === undefined) throw invalidRequest('channel is missing')
        const retried = reviveDead(database, channel, clock.now())
        retry(channel)
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(`${JSON.stringify({ retried })}\n`)
      },
    },
  ]
}
