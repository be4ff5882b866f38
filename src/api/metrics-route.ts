import { EXPOSITION_TYPES, type Exposition, type Telemetry } from '../respond/telemetry.ts'
import type { OwnRoute } from './own-routes.ts'

/** What the service counts of itself, for Prometheus and the like. No secrets, no names of things. */
export function metricsRoute(telemetry: Telemetry, needs: OwnRoute['needs']): OwnRoute {
  return {
    method: 'GET',
    path: '/metrics',
    needs,
    parameters: [],
    async handle(request, response) {
      const exposition = expositionFor(request.headers.accept ?? '')
      response.writeHead(200, {
        'content-type': EXPOSITION_TYPES[exposition],
        'cache-control': 'no-store',
        vary: 'accept',
      })
      response.end(telemetry.render(exposition))
    },
  }
}

/** OpenMetrics for those who ask for it at least as much as for plain text. */
function expositionFor(accept: string): Exposition {
  const wanted = qualityOf(accept, 'application/openmetrics-text')
  return wanted > 0 && wanted >= qualityOf(accept, 'text/plain') ? 'openmetrics' : 'text'
}

/** How much a media type is wanted, by its name: in [0, 1], the most where it stands several times. */
function qualityOf(accept: string, type: string): number {
  const qualities = accept.split(',').map((range) => {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    if (name !== type) return 0
    const quality = parameters.find((parameter) => parameter.startsWith('q='))
    return quality === undefined ? 1 : Number(quality.slice(2)) || 0
  })
  return Math.max(...qualities)
}
