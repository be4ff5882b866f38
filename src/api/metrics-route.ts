import { OPENMETRICS_TYPE, type Telemetry } from '../respond/telemetry.ts'
import type { OwnRoute } from './own-routes.ts'

/** What the service counts of itself, for Prometheus and the like. No secrets, no names of things. */
export function metricsRoute(telemetry: Telemetry, needs: OwnRoute['needs']): OwnRoute {
  return {
    method: 'GET',
    path: '/metrics',
    needs,
    parameters: [],
    async handle(_request, response) {
      response.writeHead(200, { 'content-type': OPENMETRICS_TYPE, 'cache-control': 'no-store' })
      response.end(telemetry.render())
    },
  }
}
