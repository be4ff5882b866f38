import type { Identity } from '../../domain/arn.ts'
import { type Problems, show } from '../../domain/problem.ts'
import type { Context } from '../context.ts'
import { ApiError } from '../errors.ts'
import { ALL_OPERATIONS, type Operation } from '../operation.ts'
import type { OperationName } from '../operations.ts'
import { HANDLERS } from '../handlers.ts'
import type { Fault } from '../shapes/constraint.ts'
import { decodeMembers } from '../shapes/decode.ts'
import { encodeMembers } from '../shapes/encode.ts'

/** Files name groups and profiles, wherever they are: the account only stands in between. */
export const ANYWHERE: Identity = { region: 'us-east-1', account: '000000000000' }

type Members = Readonly<Record<string, unknown>>

/**
 * Runs an operation on the spot, without HTTP: what it answers as it would travel. Null when the input or
 * the handler refuses it; `problems` says why, and where.
 */
export function runHandler(
  name: OperationName,
  input: Members,
  context: Context,
  problems: Problems,
): Members | null {
  const operation = OPERATION.get(name)!
  const faults: Fault[] = []
  const members = [...operation.labels, ...operation.query, ...operation.body]
  const decoded = decodeMembers(members, input, faults)
  for (const { path, value, constraint } of faults) {
    const at = path.replace(/\.(\d+)\.member/g, (_, number: string) => `[${Number(number) - 1}]`)
    problems.error(at, `${show(value)}: ${constraint}`)
  }
  if (faults.length > 0) return null
  try {
    const handler = HANDLERS[name] as (input: Members, context: Context) => Members | undefined
    return encodeMembers(operation.output, handler(decoded, context) ?? {})
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    problems.error('', error.message)
    return null
  }
}

const OPERATION: ReadonlyMap<OperationName, Operation> = new Map(
  ALL_OPERATIONS.map((operation) => [operation.name, operation]),
)
