import type { Condition } from './bounded-search.ts'

export type VerificationState = 'FALSE_POSITIVE' | 'BENIGN_POSITIVE' | 'TRUE_POSITIVE' | 'UNKNOWN'

/** Which violations or events are asked for; null: whichever. */
export interface ViolationFilter {
  thing: string | null
  profile: string | null
  criteriaType: string | null
  suppressed: boolean | null
  verification: VerificationState | null
}

/** What of a filter no index answers; `verification` is the SQL of the state. */
export function restOf(filter: ViolationFilter, verification: string): Condition[] {
  const { criteriaType, suppressed } = filter
  return [
    ...(criteriaType === null ? [] : [['found.criteria_type = ?', criteriaType] as const]),
    ...(suppressed === null ? [] : [['found.suppressed = ?', suppressed ? 1 : 0] as const]),
    ...(filter.verification === 'UNKNOWN' ? [[`${verification} = 'UNKNOWN'`] as const] : []),
  ]
}

/** Said once more without a parameter: that the index of those verified holds them all. */
export function verifiedAs(column: string, state: VerificationState | null): Condition[] {
  return [[`${column} = ?`, state], [`${column} <> 'UNKNOWN'`]]
}

/** Few are: whoever asks for them has looked at each. */
export function isVerified(state: VerificationState | null): boolean {
  return state !== null && state !== 'UNKNOWN'
}
