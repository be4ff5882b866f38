import { isObject } from '../domain/problem.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Database } from '../store/database.ts'
import { addMember } from '../store/group-members.ts'
import {
  type Execution,
  type ExecutionStatus,
  endExecution,
  failedBefore,
  openExecutions,
  taskStatistics,
} from '../store/mitigation-executions.ts'
import {
  type ActionCopy,
  endTask,
  type MitigationTask,
  runningTasks,
} from '../store/mitigation-tasks.ts'

/** Tasks that take turns. */
const AT_ONCE = 5

export interface RunContext {
  /** Executions in one transaction, all together: bounds how long nothing else happens. */
  atOnce: number
  /** Told of each execution that ended, before it is committed. */
  ended: (action: string, status: ExecutionStatus) => void
}

/**
 * Does the next part of what running tasks have to do, in one transaction: after a crash it is simply gone on
 * with. Answers whether there was anything to do.
 */
export function runTasks(database: Database, now: EpochMs, context: RunContext): boolean {
  const tasks = runningTasks(database, AT_ONCE)
  if (tasks.length === 0) return false
  const share = Math.max(1, Math.floor(context.atOnce / tasks.length))
  database.transaction(() => {
    for (const task of tasks) {
      const open = openExecutions(database, task.id, share)
      for (const execution of open) {
        const result = execute(database, task, execution, now)
        endExecution(database, { ...execution, ...result, ended: now })
        context.ended(execution.actionName, result.status)
      }
      if (open.length < share) {
        const { actionsFailed } = taskStatistics(database, task.id)
        endTask(database, task.id, actionsFailed > 0 ? 'FAILED' : 'SUCCESSFUL', now)
      }
    }
  })
  return true
}

type Result = Pick<Execution, 'status' | 'errorCode' | 'message'>

function execute(
  database: Database,
  task: MitigationTask,
  execution: Execution,
  now: EpochMs,
): Result {
  if (failedBefore(database, execution)) {
    return {
      status: 'SKIPPED',
      errorCode: null,
      message: 'An earlier action on the violation failed',
    }
  }
  const action = task.actions[execution.position]!
  for (const group of groupsOf(action)) {
    const failure = addToGroup(database, group, execution.thing, now)
    if (failure !== null) return failure
  }
  return { status: 'SUCCESSFUL', errorCode: null, message: null }
}

/** A thing that is in the group already is where it should be. */
function addToGroup(database: Database, group: string, thing: string, now: EpochMs): Result | null {
  const exists = (table: 'things' | 'thing_groups', name: string): boolean =>
    database.prepare(`SELECT 1 FROM ${table} WHERE name = ?`).get(name) !== undefined
  if (!exists('things', thing))
    return failed('ResourceNotFoundException', `Thing ${thing} is not registered`)
  if (!exists('thing_groups', group)) {
    return failed('ResourceNotFoundException', `Thing group ${group} does not exist`)
  }
  const refusal = addMember(database, group, thing, now)
  if (refusal === null) return null
  return refusal.kind === 'too-many-groups'
    ? failed('LimitExceededException', `Thing ${thing} is in as many groups as a thing can be`)
    : failed(
        'InvalidRequestException',
        `Thing ${thing} is in ${refusal.group}, of the same hierarchy`,
      )
}

function failed(errorCode: string, message: string): Result {
  return { status: 'FAILED', errorCode, message }
}

function groupsOf({ actionParams }: ActionCopy): string[] {
  const params = actionParams.addThingsToThingGroupParams
  const names = isObject(params) ? params.thingGroupNames : []
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : []
}
