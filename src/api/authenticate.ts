import type { Clock } from '../domain/time.ts'
import type { AccessKey } from './access-keys.ts'
import { ApiError } from './errors.ts'
import { readAuthorization } from './signature/authorization.ts'
import { sha256Hex } from './signature/canonical-request.ts'
import type { SignedRequest } from './signature/signed-request.ts'
import { checkSignature, checkSigningTime } from './signature/verify.ts'

/** Who is calling. */
export interface Caller {
  accessKeyId: string
  access: AccessKey['access']
}

/** A request whose key is known and fresh, but whose signature still waits for the body. */
export interface Claim {
  caller: Caller
  /** Throws unless this body was signed. */
  check(body: Buffer): Caller
  /** For bodies that are streamed: the signature covers everything but the body, and says so. */
  checkWithoutBody(): Caller
}

const UNSIGNED = 'UNSIGNED-PAYLOAD'
const EMPTY_HASH = sha256Hex('')

/** Checks requests against access keys by Signature Version 4. */
export function authenticator(
  keys: readonly AccessKey[],
  clock: Clock,
  skewMs: number,
): (request: SignedRequest) => Claim {
  const byId = new Map(keys.map((key) => [key.accessKeyId, key]))
  return (request) => {
    const authorization = readAuthorization(request)
    const key = byId.get(authorization.accessKeyId)
    if (key === undefined) {
      throw new ApiError(
        'UnrecognizedClient',
        'The security token included in the request is invalid.',
      )
    }
    checkSigningTime(request, authorization, clock.now(), skewMs)
    const declared = request.header('x-amz-content-sha256')
    const caller = { accessKeyId: key.accessKeyId, access: key.access }
    return {
      caller,
      check(body) {
        const hash = sha256Hex(body)
        if (declared !== null && declared !== hash) {
          throw new ApiError(
            'InvalidSignature',
            'The value of x-amz-content-sha256 is not the SHA-256 of the body.',
          )
        }
        checkSignature(request, authorization, key.secretAccessKey, hash)
        return caller
      },
      checkWithoutBody() {
        const bodiless = hasNoBody(request)
        if (declared !== UNSIGNED && !(bodiless && (declared ?? EMPTY_HASH) === EMPTY_HASH)) {
          throw new ApiError(
            'InvalidSignature',
            `The body is streamed: sign it with x-amz-content-sha256: ${UNSIGNED}.`,
          )
        }
        checkSignature(request, authorization, key.secretAccessKey, declared ?? EMPTY_HASH)
        return caller
      },
    }
  }
}

function hasNoBody(request: SignedRequest): boolean {
  const length = request.header('content-length')
  return request.header('transfer-encoding') === null && (length === null || length === '0')
}

const ANYBODY: Caller = { accessKeyId: '', access: 'admin' }

/** For a server without keys. Refuses what a web page makes a browser send to this machine. */
export function anybody(request: SignedRequest): Claim {
  if (request.header('origin') !== null || !LOOPBACK.test(request.header('host') ?? '')) {
    const message = 'Without access keys only local programs may call: no Origin, a loopback Host'
    throw new ApiError('AccessDenied', message)
  }
  return { caller: ANYBODY, check: () => ANYBODY, checkWithoutBody: () => ANYBODY }
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i
