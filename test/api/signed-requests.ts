import { IoTClient, type ListThingsCommand } from '@aws-sdk/client-iot'
import type { AccessKey } from '../../src/api/access-keys.ts'
import type { SignedRequest } from '../../src/api/signature/signed-request.ts'
import { IDENTITY } from './running-api.ts'

/** A request as the SDK signed it, before it leaves. */
export interface Sent {
  method: string
  path: string
  query: string
  headers: Record<string, string>
  body: string
}

interface Outgoing {
  method: string
  path: string
  query: Record<string, string>
  headers: Record<string, string>
  body?: Uint8Array | string
}

/** What the SDK would send for a command at a time, signed with a key. */
export async function signedBySdk(command: object, key: AccessKey, now: number): Promise<Sent> {
  let sent: Outgoing | null = null
  const client = new IoTClient({
    endpoint: 'http://127.0.0.1:8080',
    region: IDENTITY.region,
    credentials: { accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey },
    systemClockOffset: now - Date.now(),
    maxAttempts: 1,
    requestHandler: {
      handle(request: unknown) {
        sent = request as Outgoing
        return Promise.reject(new Error('not sent'))
      },
      updateHttpClientConfig() {},
      httpHandlerConfigs: () => ({}),
    },
  })
  await client.send(command as ListThingsCommand).catch((error: Error) => {
    if (error.message !== 'not sent') throw error
  })
  const { method, path, query, headers, body } = sent as unknown as Outgoing
  const pairs = Object.entries(query).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  )
  return {
    method,
    path,
    query: pairs.join('&'),
    headers: { ...headers },
    body: Buffer.from(body ?? '').toString(),
  }
}

export function requestOf({ method, path, query, headers }: Sent): SignedRequest {
  const byName = new Map(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
  return { method, path, query, header: (name) => byName.get(name) ?? null }
}
