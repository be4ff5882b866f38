import { MINUTE_MS, SECOND_MS } from '../domain/time.ts'
import type { OperationName } from './operations.ts'
import type { Rate } from './token-bucket.ts'

/** What one client may take of the server. */
export interface Limits {
  /** Bytes of an operation's body. Streamed bodies of own routes have no limit here. */
  body: number
  /** Bytes of all operations' bodies that are under way together. */
  bodies: number
  /** Bytes of all headers. */
  headers: number
  connections: number
  /** Until the headers are there, and until the whole request of an operation is. */
  headersMs: number
  requestMs: number
  /** How long a connection may stand idle. */
  idleMs: number
  /** How old or how far ahead a signature may be. */
  skewMs: number
  /** Requests per access key (per address without keys); `aws`: the service's own, per operation. */
  rate: Rate | 'aws'
}

export const DEFAULT_LIMITS: Limits = {
  body: 1_048_576,
  bodies: 67_108_864,
  headers: 16_384,
  connections: 1_000,
  headersMs: 10 * SECOND_MS,
  requestMs: 30 * SECOND_MS,
  idleMs: 2 * MINUTE_MS,
  skewMs: 5 * MINUTE_MS,
  rate: { perSecond: 1_000, burst: 2_000 },
}

/** The service's quotas per account and second. */
const AWS_PER_SECOND = 10
const AWS_PER_SECOND_OF: Partial<Record<OperationName, number>> = {
  DescribeSecurityProfile: 25,
  DescribeCustomMetric: 25,
  DescribeMitigationAction: 25,
  ListMetricValues: 15,
}

/** The rate that holds for an operation, and the name of the bucket it draws from. */
export function rateOf(
  rate: Limits['rate'],
  client: string,
  operation: OperationName,
): { bucket: string; rate: Rate } {
  if (rate !== 'aws') return { bucket: client, rate }
  const perSecond = AWS_PER_SECOND_OF[operation] ?? AWS_PER_SECOND
  return { bucket: `${client} ${operation}`, rate: { perSecond, burst: perSecond } }
}
