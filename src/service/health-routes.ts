import type { OwnRoute } from '../api/own-routes.ts'

/** `/health`: the process lives. `/ready`: it has recovered and evaluates what it is sent. */
export function healthRoutes(notReady: () => string | null): OwnRoute[] {
  const route = (path: string, state: () => string | null): OwnRoute => ({
    method: 'GET',
    path,
    needs: 'nothing',
    parameters: [],
    handle(_request, response) {
      const reason = state()
      const body = reason === null ? { status: 'ok' } : { status: 'unavailable', reason }
      const text = `${JSON.stringify(body)}\n`
      response.writeHead(reason === null ? 200 : 503, {
        'content-type': 'application/json',
        'cache-control': 'no-store',
        'content-length': Buffer.byteLength(text),
      })
      response.end(text)
      return Promise.resolve()
    },
  })
  return [route('/health', () => null), route('/ready', notReady)]
}
