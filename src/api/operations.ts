import { CUSTOM_METRIC_OPERATIONS } from './operations/custom-metrics.ts'
import { DIMENSION_OPERATIONS } from './operations/dimensions.ts'
import { MITIGATION_ACTION_OPERATIONS } from './operations/mitigation-actions.ts'
import { MITIGATION_TASK_OPERATIONS } from './operations/mitigation-tasks.ts'
import { POLICY_OPERATIONS } from './operations/policies.ts'
import { SECURITY_PROFILE_OPERATIONS } from './operations/security-profiles.ts'
import { TAG_OPERATIONS } from './operations/tags.ts'
import { THING_GROUP_OPERATIONS } from './operations/thing-groups.ts'
import { THING_OPERATIONS } from './operations/things.ts'
import { VIOLATION_OPERATIONS } from './operations/violations.ts'
import type { STRUCTURES } from './shapes/structures.ts'
import type { AnswerOf, Members, MembersOf, ValueOf } from './shapes/notation.ts'

type StructureName = keyof typeof STRUCTURES

/** How the table writes an operation. */
export interface Declaration {
  /** Method and path; each `{label}` is one segment. */
  http: string
  labels?: Members
  query?: Members
  body?: Members
  /** A structure by its name, where several operations answer the same. */
  output?: Members | StructureName
  /** Its error types without `Exception`, beside InvalidRequest, Throttling and InternalFailure. */
  errors: string
}

type Table = typeof SECURITY_PROFILE_OPERATIONS &
  typeof VIOLATION_OPERATIONS &
  typeof CUSTOM_METRIC_OPERATIONS &
  typeof DIMENSION_OPERATIONS &
  typeof MITIGATION_ACTION_OPERATIONS &
  typeof MITIGATION_TASK_OPERATIONS &
  typeof THING_OPERATIONS &
  typeof THING_GROUP_OPERATIONS &
  typeof TAG_OPERATIONS &
  typeof POLICY_OPERATIONS

/** Every operation there is: routes, checks and tests are made from it. */
export const OPERATIONS: Table = {
  ...SECURITY_PROFILE_OPERATIONS,
  ...VIOLATION_OPERATIONS,
  ...CUSTOM_METRIC_OPERATIONS,
  ...DIMENSION_OPERATIONS,
  ...MITIGATION_ACTION_OPERATIONS,
  ...MITIGATION_TASK_OPERATIONS,
  ...THING_OPERATIONS,
  ...THING_GROUP_OPERATIONS,
  ...TAG_OPERATIONS,
  ...POLICY_OPERATIONS,
}

export type OperationName = keyof Table

type Part<Name extends OperationName, Where extends string> =
  Table[Name] extends Readonly<Record<Where, infer M>> ? M : unknown

/** Labels are always there. */
type Labels<M> = { [K in keyof M]: ValueOf<M[K] & string> }

/** What the handler of an operation is given: labels, query and body in one. */
export type Input<Name extends OperationName> = Labels<Part<Name, 'labels'>> &
  MembersOf<Part<Name, 'query'> & Part<Name, 'body'>>

/** What it answers; null and undefined are left out. Times are epoch milliseconds. */
export type Output<Name extends OperationName> =
  Table[Name] extends Readonly<{ output: infer M }>
    ? AnswerOf<M extends StructureName ? (typeof STRUCTURES)[M] : M>
    : void

/** Read-only keys may call it. */
export function isRead(name: string): boolean {
  return /^(Describe|List|Get|Validate)/.test(name)
}
