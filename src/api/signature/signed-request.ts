import type { IncomingMessage } from 'node:http'
import { splitTarget } from '../target.ts'

/** What a signature covers, as it came over the wire. */
export interface SignedRequest {
  method: string
  /** Percent-encoded as sent, both. */
  path: string
  query: string
  /** The value of a header by its lower-case name, several joined by commas; null when there is none. */
  header(name: string): string | null
}

export function signedRequestOf(incoming: IncomingMessage): SignedRequest {
  const headers = new Map<string, string>()
  const { rawHeaders, method = '', url = '' } = incoming
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase()
    const earlier = headers.get(name)
    const value = rawHeaders[i + 1]!
    headers.set(name, earlier === undefined ? value : `${earlier},${value}`)
  }
  return { method, ...splitTarget(url), header: (name) => headers.get(name) ?? null }
}
