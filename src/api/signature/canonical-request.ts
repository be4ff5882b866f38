import { createHash } from 'node:crypto'
import { queryPairs } from '../query.ts'
import type { SignedRequest } from './signed-request.ts'

/**
 * The canonical request of Signature Version 4 (AWS General Reference, "Create a canonical request"). As
 * for every service but S3 the path, which came encoded, is encoded once more. Paths with empty or dot
 * segments are not normalized: the router knows none of them.
 */
export function canonicalRequest(
  request: SignedRequest,
  signedHeaders: readonly string[],
  payloadHash: string,
): string {
  return [
    request.method,
    request.path.split('/').map(percentEncode).join('/'),
    canonicalQuery(request.query),
    ...signedHeaders.map((name) => `${name}:${collapse(request.header(name) ?? '')}`),
    '',
    signedHeaders.join(';'),
    payloadHash,
  ].join('\n')
}

function canonicalQuery(query: string): string {
  return queryPairs(query)
    .map(([name, value]) => [percentEncode(name), percentEncode(value)] as const)
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

/** Everything but letters, digits and `-._~` as %XX of its UTF-8 (RFC 3986). */
function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function collapse(value: string): string {
  return value.trim().replace(/ +/g, ' ')
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

export function sha256Hex(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}
