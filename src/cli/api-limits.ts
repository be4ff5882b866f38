import { DEFAULT_LIMITS, type Limits } from '../api/limits.ts'
import { MINUTE_MS } from '../domain/time.ts'
import { type Options, type OptionSpecs, usage, valued } from './options.ts'

const MAX_SKEW_MS: number = 15 * MINUTE_MS

export const API_LIMIT_OPTIONS: OptionSpecs = {
  'api-rate': valued(
    'N|aws',
    "Calls a second for each access key, twice as many at once (default 1000); aws: AWS's quotas, per operation.",
  ),
  'signature-skew': valued(
    'T',
    'How old or how far ahead a signature may be (default 5m, at most 15m).',
  ),
}

/** What a client of the API may take. */
export function readApiLimits(options: Options): Limits {
  const skewMs = options.duration('signature-skew', DEFAULT_LIMITS.skewMs)
  if (skewMs > MAX_SKEW_MS) throw usage('--signature-skew should be at most 15m')
  if (options.text('api-rate') === 'aws') return { ...DEFAULT_LIMITS, skewMs, rate: 'aws' }
  const perSecond = options.count('api-rate', 1_000)
  return { ...DEFAULT_LIMITS, skewMs, rate: { perSecond, burst: 2 * perSecond } }
}
