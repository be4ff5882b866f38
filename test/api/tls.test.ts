import { readFileSync } from 'node:fs'
import { Agent, get } from 'node:https'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { runApi } from './running-api.ts'

/** For localhost, and good until 2126. */
const cert = readFileSync(new URL('tls/cert.pem', import.meta.url))
const key = readFileSync(new URL('tls/key.pem', import.meta.url))

test('over TLS the API is the same, and plain HTTP is not answered', async () => {
  const api = await runApi({ tls: { cert, key }, keys: null })
  const agent = new Agent({ ca: cert })
  const asked = get({ port: api.port, host: 'localhost', family: 4, path: '/things', agent })
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  expect(answer.statusCode).toBe(200)
  expect(JSON.parse((await answer.toArray()).join(''))).toEqual({ things: [] })
  agent.destroy()
  await expect(fetch(`${api.endpoint}/things`)).rejects.toThrow('fetch failed')
  await api.close()
})
