/**
 * The expected failures of the program. `usage` is the caller's (exit 2), everything else ends a run
 * with exit 1. The message names the place and the offending value.
 */
export type ErrorKind = 'usage' | 'input' | 'profile' | 'state' | 'archive' | 'unsorted'

export class DetectError extends Error {
  readonly kind: ErrorKind

  constructor(kind: ErrorKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DetectError'
    this.kind = kind
  }
}
