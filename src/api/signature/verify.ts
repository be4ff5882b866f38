import { createHmac, timingSafeEqual } from 'node:crypto'
import { MINUTE_MS, type EpochMs } from '../../domain/time.ts'
import { ApiError } from '../errors.ts'
import { type Authorization, incomplete } from './authorization.ts'
import { canonicalRequest, sha256Hex } from './canonical-request.ts'
import type { SignedRequest } from './signed-request.ts'

const STAMP = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/

/** Refuses requests signed more than `skewMs` ago or ahead. */
export function checkSigningTime(
  request: SignedRequest,
  { date }: Authorization,
  now: EpochMs,
  skewMs: number,
): void {
  const stamp = signingStamp(request)
  const signed = Date.parse(stamp.replace(STAMP, '$1-$2-$3T$4:$5:$6Z'))
  if (Number.isNaN(signed)) throw incomplete(`${JSON.stringify(stamp)} is not a date of x-amz-date`)
  if (!stamp.startsWith(date)) {
    throw new ApiError(
      'InvalidSignature',
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${date}' != '${stamp}'`,
    )
  }
  if (Math.abs(now - signed) <= skewMs) return
  const [what, limit, sign] =
    signed < now
      ? ['Signature expired', now - skewMs, 'earlier']
      : ['Signature not yet current', now + skewMs, 'later']
  const minutes = skewMs / MINUTE_MS
  throw new ApiError(
    'InvalidSignature',
    `${what}: ${stamp} is now ${sign} than ${stampOf(limit)} (${stampOf(now)} ${sign === 'earlier' ? '-' : '+'} ${minutes} min.)`,
  )
}

/** Refuses a request that is not what the holder of the secret signed. */
export function checkSignature(
  request: SignedRequest,
  authorization: Authorization,
  secret: string,
  payloadHash: string,
): void {
  const { date, region, service, signedHeaders, signature } = authorization
  const canonical = canonicalRequest(request, signedHeaders, payloadHash)
  const scope = `${date}/${region}/${service}/aws4_request`
  const text = ['AWS4-HMAC-SHA256', signingStamp(request), scope, sha256Hex(canonical)].join('\n')
  const key = [date, region, service, 'aws4_request'].reduce<string | Buffer>(
    (previous, part) => hmac(previous, part),
    `AWS4${secret}`,
  )
  if (timingSafeEqual(hmac(key, text), Buffer.from(signature, 'hex'))) return
  throw new ApiError(
    'InvalidSignature',
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
  )
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function signingStamp(request: SignedRequest): string {
  const stamp = request.header('x-amz-date')
  if (stamp === null) throw incomplete('The header x-amz-date is missing')
  return stamp
}

/** `20261120T170000Z` */
function stampOf(time: EpochMs): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d+/g, '')
}
