import type { EpochMs } from '../domain/time.ts'
import type { Database } from '../store/database.ts'
import { layOutExecutions, skipOpen } from '../store/mitigation-executions.ts'
import {
  type ActionCopy,
  copyAction,
  endTask,
  findTask,
  insertTask,
  type MitigationTask,
  runningByPeople,
  type TaskTarget,
} from '../store/mitigation-tasks.ts'

/** AWS's quota of Detect mitigation tasks that run at once. Tasks of rules are beside it. */
export const MAX_RUNNING_TASKS = 5
/** The one kind of action that Detect can run. */
export const DETECT_ACTION = 'ADD_THINGS_TO_THING_GROUP'

export interface TaskRequest {
  id: string
  target: TaskTarget
  /** Names of mitigation actions, in the order in which they are to be run. */
  actions: readonly string[]
  occurrence: { from: EpochMs; to: EpochMs } | null
  onlyActive: boolean
  includeSuppressed: boolean
  token: string | null
}

export type Started =
  | { kind: 'started' }
  | { kind: 'task-exists' }
  | { kind: 'too-many-running' }
  | { kind: 'invalid'; message: string }

/** Notes a task with all it has to do, within the caller's transaction; the runner does it. */
export function startTask(
  database: Database,
  request: TaskRequest,
  now: EpochMs,
  rule: string | null = null,
): Started {
  const known = findTask(database, request.id)
  if (known !== null) {
    // A client that heard no answer asks again.
    const again = request.token !== null && known.token === request.token
    return { kind: again ? 'started' : 'task-exists' }
  }
  const actions: ActionCopy[] = []
  for (const name of new Set(request.actions)) {
    const action = copyAction(database, name)
    if (action === null) return invalid(`Mitigation action ${name} does not exist`)
    if (action.type !== DETECT_ACTION) {
      return invalid(`Mitigation action ${name} is ${action.type}; Detect can run ${DETECT_ACTION}`)
    }
    actions.push(action.copy)
  }
  const missing = missingTarget(database, request.target)
  if (missing !== null) return invalid(`${missing} does not exist`)
  if (rule === null && runningByPeople(database) >= MAX_RUNNING_TASKS) {
    return { kind: 'too-many-running' }
  }
  const { id, target, occurrence, onlyActive, includeSuppressed, token } = request
  const task: MitigationTask = {
    id,
    target,
    occurrence,
    onlyActive,
    includeSuppressed,
    token,
    actions,
    rule,
    status: 'IN_PROGRESS',
    started: now,
    ended: null,
  }
  insertTask(database, task)
  layOutExecutions(database, task)
  return { kind: 'started' }
}

export type Canceled = 'canceled' | 'unknown' | 'over'

/** What is done stays done; a task that has ended is left as it is. */
export function cancelTask(database: Database, id: string, now: EpochMs): Canceled {
  const task = findTask(database, id)
  if (task === null) return 'unknown'
  if (task.status !== 'IN_PROGRESS') return 'over'
  skipOpen(database, id, 'The task was canceled', now)
  endTask(database, id, 'CANCELED', now)
  return 'canceled'
}

function missingTarget(database: Database, target: TaskTarget): string | null {
  if ('violationIds' in target) {
    const known = database.prepare('SELECT 1 FROM violations WHERE id = ?')
    const missing = target.violationIds.find((id) => known.get(id) === undefined)
    return missing === undefined ? null : `Violation ${missing}`
  }
  // Violations outlive their profile for a while, and may be acted on.
  const { securityProfileName: name } = target
  const known = database
    .prepare(
      `SELECT 1 FROM security_profiles WHERE name = ? UNION ALL SELECT 1 FROM violations WHERE profile = ?`,
    )
    .get(name, name)
  return known === undefined ? `Security profile ${name}` : null
}

function invalid(message: string): Started {
  return { kind: 'invalid', message }
}
