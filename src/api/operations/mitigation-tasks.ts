/** Tasks that run mitigation actions on violations. */
export const MITIGATION_TASK_OPERATIONS = {
  StartDetectMitigationActionsTask: {
    http: 'PUT /detect/mitigationactions/tasks/{taskId}',
    labels: { taskId: 'MitigationActionsTaskId' },
    body: {
      target: 'DetectMitigationActionsTaskTarget*',
      actions: '[MitigationActionName] {1..5}*',
      violationEventOccurrenceRange: 'ViolationEventOccurrenceRange',
      includeOnlyActiveViolations: 'bool',
      includeSuppressedAlerts: 'bool',
      clientRequestToken: 'ClientRequestToken',
    },
    output: { taskId: 'MitigationActionsTaskId' },
    errors: 'TaskAlreadyExists LimitExceeded',
  },
  DescribeDetectMitigationActionsTask: {
    http: 'GET /detect/mitigationactions/tasks/{taskId}',
    labels: { taskId: 'MitigationActionsTaskId' },
    output: { taskSummary: 'DetectMitigationActionsTaskSummary' },
    errors: 'ResourceNotFound',
  },
  ListDetectMitigationActionsTasks: {
    http: 'GET /detect/mitigationactions/tasks',
    query: { maxResults: 'int 1..250', nextToken: 'string', startTime: 'ts*', endTime: 'ts*' },
    output: { tasks: '[DetectMitigationActionsTaskSummary]', nextToken: 'string' },
    errors: '',
  },
  ListDetectMitigationActionsExecutions: {
    http: 'GET /detect/mitigationactions/executions',
    query: {
      taskId: 'MitigationActionsTaskId',
      violationId: 'ViolationId',
      thingName: 'DeviceDefenderThingName',
      startTime: 'ts',
      endTime: 'ts',
      maxResults: 'int 1..250',
      nextToken: 'string',
    },
    output: { actionsExecutions: '[DetectMitigationActionExecution]', nextToken: 'string' },
    errors: '',
  },
  CancelDetectMitigationActionsTask: {
    http: 'PUT /detect/mitigationactions/tasks/{taskId}/cancel',
    labels: { taskId: 'MitigationActionsTaskId' },
    errors: 'ResourceNotFound',
  },
} as const
