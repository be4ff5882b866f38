import { ApiError } from './errors.ts'

/** An answer as the service writes it: always JSON, always with a request id. */
export interface Answer {
  status: number
  headers: Record<string, string>
  body: string
}

export function success(members: Readonly<Record<string, unknown>>, requestId: string): Answer {
  return { status: 200, headers: headersOf(requestId), body: JSON.stringify(members) }
}

/** `{"message": ...}` with the type in a header; anything but an ApiError is a fault of ours. */
export function failure(error: unknown, requestId: string): Answer {
  const told =
    error instanceof ApiError
      ? error
      : new ApiError('InternalFailure', 'An unexpected error occurred')
  return {
    status: told.status,
    headers: { ...headersOf(requestId), 'x-amzn-errortype': told.name },
    body: JSON.stringify({ message: told.message, ...told.details }),
  }
}

function headersOf(requestId: string): Record<string, string> {
  return { 'content-type': 'application/json', 'x-amzn-requestid': requestId }
}
