import { ApiError } from '../errors.ts'
import type { SignedRequest } from './signed-request.ts'

/** What the `Authorization` header of Signature Version 4 says. */
export interface Authorization {
  accessKeyId: string
  /** `20261120` */
  date: string
  region: string
  service: string
  /** Lower case, sorted. */
  signedHeaders: readonly string[]
  /** 64 hex digits. */
  signature: string
}

const ALGORITHM = 'AWS4-HMAC-SHA256'

/** Older command lines of AWS sign these calls for `execute-api`. */
const SERVICES = ['iot', 'execute-api']

/** Headers that decide what a request means: when it is there, each must be signed. */
const MUST_BE_SIGNED = ['host', 'x-amz-date', 'x-amz-content-sha256']

/** Reads the header; throws what AWS answers when it is missing or not whole. */
export function readAuthorization(request: SignedRequest): Authorization {
  const header = request.header('authorization')
  if (header === null || header === '') {
    throw new ApiError('MissingAuthenticationToken', 'Missing Authentication Token')
  }
  if (!header.startsWith(`${ALGORITHM} `)) {
    throw incomplete(`Authorization should begin with ${ALGORITHM}`)
  }
  const parts = new Map(
    header
      .slice(ALGORITHM.length)
      .split(',')
      .map((part) => {
        const equals = part.indexOf('=')
        return [part.slice(0, equals).trim(), part.slice(equals + 1).trim()] as const
      }),
  )
  const authorization = {
    ...readCredential(parts.get('Credential') ?? ''),
    signedHeaders: (parts.get('SignedHeaders') ?? '').split(';'),
    signature: parts.get('Signature') ?? '',
  }
  if (!/^[0-9a-f]{64}$/.test(authorization.signature)) {
    throw incomplete('Authorization should have a Signature of 64 hexadecimal digits')
  }
  checkSignedHeaders(authorization.signedHeaders, request)
  return authorization
}

function readCredential(credential: string) {
  const [accessKeyId, date, region, service, end, ...more] = credential.split('/')
  if (!accessKeyId || !region || end !== 'aws4_request' || more.length > 0) {
    throw incomplete('Credential should be <access key id>/<date>/<region>/iot/aws4_request')
  }
  if (date === undefined || !/^\d{8}$/.test(date)) {
    throw incomplete('Credential should be scoped to a date such as 20261120')
  }
  if (service === undefined || !SERVICES.includes(service)) {
    throw new ApiError(
      'InvalidSignature',
      `Credential should be scoped to correct service: '${SERVICES.join("' or '")}'`,
    )
  }
  return { accessKeyId, date, region, service }
}

function checkSignedHeaders(names: readonly string[], request: SignedRequest): void {
  const sorted = [...new Set(names)].sort()
  const proper = names.every((name, i) => name === sorted[i] && /^[a-z0-9-]+$/.test(name))
  if (!proper) throw incomplete('SignedHeaders should be lower-case names in order, each once')
  for (const name of names) {
    if (request.header(name) === null) throw incomplete(`The signed header ${name} is missing`)
  }
  for (const name of MUST_BE_SIGNED) {
    if (request.header(name) === null || names.includes(name)) continue
    throw incomplete(`The header ${name} should be among SignedHeaders`)
  }
}

export function incomplete(message: string): ApiError {
  return new ApiError('IncompleteSignature', message)
}
