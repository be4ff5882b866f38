import { cancelTask, MAX_RUNNING_TASKS, startTask } from '../../respond/start-task.ts'
import { listExecutions, taskStatistics } from '../../store/mitigation-executions.ts'
import {
  findTask,
  listTasks,
  type MitigationTask,
  type TaskTarget,
} from '../../store/mitigation-tasks.ts'
import type { Context, Handlers } from '../context.ts'
import { ApiError, invalidRequest, limitExceeded, notFound } from '../errors.ts'
import type { ValueOf } from '../shapes/notation.ts'
import { checkPeriod } from './violations.ts'

type Family =
  | 'StartDetectMitigationActionsTask'
  | 'DescribeDetectMitigationActionsTask'
  | 'ListDetectMitigationActionsTasks'
  | 'ListDetectMitigationActionsExecutions'
  | 'CancelDetectMitigationActionsTask'

export const MITIGATION_TASK_HANDLERS: Pick<Handlers, Family> = {
  StartDetectMitigationActionsTask(input, { database, now }) {
    const { taskId, violationEventOccurrenceRange: range } = input
    if (range !== undefined) checkPeriod(range.startTime, range.endTime)
    const started = startTask(
      database,
      {
        id: taskId,
        target: readTarget(input.target),
        actions: input.actions,
        occurrence: range === undefined ? null : { from: range.startTime, to: range.endTime },
        onlyActive: input.includeOnlyActiveViolations ?? false,
        includeSuppressed: input.includeSuppressedAlerts ?? false,
        token: input.clientRequestToken ?? null,
      },
      now,
    )
    if (started.kind === 'started') return { taskId }
    if (started.kind === 'invalid') throw invalidRequest(started.message)
    if (started.kind === 'too-many-running') {
      throw limitExceeded(`${MAX_RUNNING_TASKS} tasks are running, the most there may be`)
    }
    throw new ApiError('TaskAlreadyExists', `Task ${taskId} already exists`)
  },

  DescribeDetectMitigationActionsTask({ taskId }, context) {
    const task = findTask(context.database, taskId)
    if (task === null) throw notFound(`Task ${taskId} does not exist`)
    return { taskSummary: summaryOf(task, context) }
  },

  ListDetectMitigationActionsTasks({ startTime, endTime }, context) {
    const { database, page } = context
    checkPeriod(startTime, endTime)
    const key = page.after('number', 'text')
    const after = key === null ? null : { started: key[0], id: key[1] }
    const tasks = listTasks(database, startTime, endTime, after, page.fetch)
    const { rows, next } = page.cut(tasks, ({ started, id }) => [started, id])
    return { tasks: rows.map((task) => summaryOf(task, context)), nextToken: next }
  },

  ListDetectMitigationActionsExecutions(input, { database, page }) {
    const { taskId, violationId, thingName, startTime, endTime } = input
    if (startTime !== undefined && endTime !== undefined) checkPeriod(startTime, endTime)
    const key = page.after('number', 'text', 'text', 'number')
    const executions = listExecutions(
      database,
      {
        taskId: taskId ?? null,
        violationId: violationId ?? null,
        thing: thingName ?? null,
        from: startTime ?? null,
        to: endTime ?? null,
      },
      key === null
        ? null
        : { started: key[0], taskId: key[1], violationId: key[2], position: key[3] },
      page.fetch,
    )
    const { rows, next } = page.cut(executions, (row) => [
      row.started ?? 0,
      row.taskId,
      row.violationId,
      row.position,
    ])
    return {
      actionsExecutions: rows.map((row) => ({
        taskId: row.taskId,
        violationId: row.violationId,
        actionName: row.actionName,
        thingName: row.thing,
        executionStartDate: row.started,
        executionEndDate: row.ended,
        status: row.status,
        errorCode: row.errorCode,
        message: row.message,
      })),
      nextToken: next,
    }
  },

  CancelDetectMitigationActionsTask({ taskId }, { database, now }) {
    const canceled = cancelTask(database, taskId, now)
    if (canceled === 'unknown') throw notFound(`Task ${taskId} does not exist`)
    if (canceled === 'over') throw invalidRequest(`Task ${taskId} is over`)
  },
}

/** Either violations by their ids, or those of a profile, or of one of its behaviors. */
function readTarget(target: ValueOf<'DetectMitigationActionsTaskTarget'>): TaskTarget {
  const { violationIds, securityProfileName, behaviorName } = target
  if (violationIds !== undefined) {
    if (securityProfileName === undefined && behaviorName === undefined) return { violationIds }
    throw invalidRequest('target should have either violationIds or securityProfileName')
  }
  if (securityProfileName === undefined) {
    throw invalidRequest('target should have violationIds or securityProfileName')
  }
  return { securityProfileName, ...(behaviorName === undefined ? {} : { behaviorName }) }
}

function summaryOf(task: MitigationTask, { database }: Context) {
  const { occurrence } = task
  return {
    taskId: task.id,
    taskStatus: task.status,
    taskStartTime: task.started,
    taskEndTime: task.ended,
    target: task.target,
    violationEventOccurrenceRange:
      occurrence === null ? null : { startTime: occurrence.from, endTime: occurrence.to },
    onlyActiveViolationsIncluded: task.onlyActive,
    suppressedAlertsIncluded: task.includeSuppressed,
    actionsDefinition: task.actions,
    taskStatistics: taskStatistics(database, task.id),
  }
}
