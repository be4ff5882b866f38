/** The service's error types and their status codes, some of them odd. */
const STATUS = {
  InvalidRequest: 400,
  Throttling: 400,
  TaskAlreadyExists: 400,
  MalformedPolicy: 400,
  Unauthorized: 401,
  AccessDenied: 403,
  IncompleteSignature: 403,
  InvalidSignature: 403,
  MissingAuthenticationToken: 403,
  UnrecognizedClient: 403,
  ResourceNotFound: 404,
  RequestTimeout: 408,
  VersionConflict: 409,
  ResourceAlreadyExists: 409,
  DeleteConflict: 409,
  LimitExceeded: 410,
  RequestEntityTooLarge: 413,
  InternalFailure: 500,
  ServiceUnavailable: 503,
} as const

export type ApiErrorType = keyof typeof STATUS

/** A request that is refused: what the client is told. */
export class ApiError extends Error {
  readonly type: ApiErrorType
  /** Members beside the message: `resourceId` and `resourceArn` of what exists already. */
  readonly details: Readonly<Record<string, string>>

  constructor(type: ApiErrorType, message: string, details: Record<string, string> = {}) {
    super(message)
    this.name = `${type}Exception`
    this.type = type
    this.details = details
  }

  get status(): number {
    return STATUS[this.type]
  }
}

export function invalidRequest(message: string): ApiError {
  return new ApiError('InvalidRequest', message)
}

export function notFound(message: string): ApiError {
  return new ApiError('ResourceNotFound', message)
}

export function alreadyExists(message: string, resourceId: string, resourceArn: string): ApiError {
  return new ApiError('ResourceAlreadyExists', message, { resourceId, resourceArn })
}

export function limitExceeded(message: string): ApiError {
  return new ApiError('LimitExceeded', message)
}

/** Refuses an update or a delete that expects another version than the stored one. */
export function checkVersion(expected: number | undefined, stored: number, what: string): void {
  if (expected === undefined || expected === stored) return
  const message = `The version of ${what} is ${stored}, expectedVersion is ${expected}`
  throw new ApiError('VersionConflict', message)
}
