import type { Declaration, OperationName } from './operations.ts'
import { isRead, OPERATIONS } from './operations.ts'
import { decodeMembers } from './shapes/decode.ts'
import { type Fault, faultText } from './shapes/constraint.ts'
import { type Member, membersOf } from './shapes/shape.ts'
import { STRUCTURES } from './shapes/structures.ts'
import { fromText } from './shapes/text-values.ts'
import { invalidRequest } from './errors.ts'

/** One row of the table, ready to serve. */
export interface Operation {
  name: OperationName
  method: string
  /** Each `{label}` is one segment. */
  path: string
  labels: readonly Member[]
  query: readonly Member[]
  body: readonly Member[]
  output: readonly Member[]
  /** Read-only keys may call it. */
  reads: boolean
}

/** A request to one operation, as it came. */
export interface RawInput {
  labels: Readonly<Record<string, string>>
  query: Readonly<Record<string, string>>
  body: Readonly<Record<string, unknown>>
}

export const ALL_OPERATIONS: readonly Operation[] = Object.entries(OPERATIONS).map(
  ([name, declared]: [string, Declaration]) => {
    const [method, path] = declared.http.split(' ') as [string, string]
    return {
      name: name as OperationName,
      method,
      path,
      labels: membersOf(declared.labels ?? {}).map((label) => ({ ...label, required: true })),
      query: membersOf(declared.query ?? {}),
      body: membersOf(declared.body ?? {}),
      output: membersOf(
        typeof declared.output === 'string' ? STRUCTURES[declared.output] : (declared.output ?? {}),
      ),
      reads: isRead(name),
    }
  },
)

/** Labels, query and body as one input; throws InvalidRequest with all that is wrong with them. */
export function decodeInput(operation: Operation, raw: RawInput): Record<string, unknown> {
  const faults: Fault[] = []
  const input = {
    ...decodeMembers(operation.labels, raw.labels, faults),
    ...decodeMembers(operation.query, fromTexts(operation.query, raw.query), faults),
    ...decodeMembers(operation.body, raw.body, faults),
  }
  if (faults.length > 0) throw invalidRequest(faultText(faults))
  return input
}

function fromTexts(members: readonly Member[], texts: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    members
      .filter(({ name }) => Object.hasOwn(texts, name))
      .map(({ name, shape }) => [name, fromText(shape, texts[name]!)]),
  )
}
