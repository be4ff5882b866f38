import { IoTClient, type ListThingsCommand } from '@aws-sdk/client-iot'
import type { AccessKey } from '../../src/api/access-keys.ts'

/** A request as the SDK signed it. */
export interface SignedCall {
  method: string
  path: string
  headers: Record<string, string>
  body: Uint8Array | string
}

interface Outgoing {
  method: string
  path: string
  query: Record<string, string>
  headers: Record<string, string>
  body?: Uint8Array | string
}

/** Signs commands without sending them: what is measured is the server, not its client. */
export async function signCalls(
  commands: readonly object[],
  endpoint: string,
  { accessKeyId, secretAccessKey }: AccessKey,
): Promise<SignedCall[]> {
  const calls: SignedCall[] = []
  const client = new IoTClient({
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
    requestHandler: {
      handle(request: unknown) {
        const { method, path, query, headers, body = '' } = request as Outgoing
        const pairs = Object.entries(query).map(
          ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
        )
        const target = pairs.length === 0 ? path : `${path}?${pairs.join('&')}`
        calls.push({ method, path: target, headers, body })
        return Promise.reject(new Error('not sent'))
      },
      updateHttpClientConfig() {},
      httpHandlerConfigs: () => ({}),
    },
  })
  for (const command of commands) {
    await client.send(command as ListThingsCommand).catch((error: Error) => {
      if (error.message !== 'not sent') throw error
    })
  }
  return calls
}
