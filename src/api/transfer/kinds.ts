import type { JsonObject } from '../../domain/problem.ts'
import { CUSTOM_METRIC, DIMENSION, MITIGATION_ACTION, SECURITY_PROFILE } from './detect-kinds.ts'
import type { Kind } from './kind.ts'
import { POLICY, THING, THING_GROUP } from './registry-kinds.ts'

/** In the order in which they must be made: each may speak of those before it. */
export const KINDS: readonly Kind[] = [
  DIMENSION,
  CUSTOM_METRIC,
  THING_GROUP,
  THING,
  SECURITY_PROFILE,
  MITIGATION_ACTION,
  POLICY,
]

/** The kind whose describing answer, or whose request, this is; null when it is neither. */
export function kindOf(source: JsonObject): Kind | null {
  // `name` alone is no dimension: everything has a name somewhere.
  const isDimension = source.name !== undefined && source.stringValues !== undefined
  return (
    KINDS.find(({ label }) => label !== 'name' && source[label] !== undefined) ??
    (isDimension ? DIMENSION : null)
  )
}
