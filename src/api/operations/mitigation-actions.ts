/** Mitigation actions. */
export const MITIGATION_ACTION_OPERATIONS = {
  CreateMitigationAction: {
    http: 'POST /mitigationactions/actions/{actionName}',
    labels: { actionName: 'MitigationActionName' },
    body: { roleArn: 'RoleArn*', actionParams: 'MitigationActionParams*', tags: '[Tag]' },
    output: { actionArn: 'string', actionId: 'string' },
    errors: 'ResourceAlreadyExists LimitExceeded',
  },
  DescribeMitigationAction: {
    http: 'GET /mitigationactions/actions/{actionName}',
    labels: { actionName: 'MitigationActionName' },
    output: {
      actionName: 'MitigationActionName',
      actionType: 'MitigationActionType',
      actionArn: 'string',
      actionId: 'string',
      roleArn: 'RoleArn',
      actionParams: 'MitigationActionParams',
      creationDate: 'ts',
      lastModifiedDate: 'ts',
    },
    errors: 'ResourceNotFound',
  },
  UpdateMitigationAction: {
    http: 'PATCH /mitigationactions/actions/{actionName}',
    labels: { actionName: 'MitigationActionName' },
    body: { roleArn: 'RoleArn', actionParams: 'MitigationActionParams' },
    output: { actionArn: 'string', actionId: 'string' },
    errors: 'ResourceNotFound',
  },
  DeleteMitigationAction: {
    http: 'DELETE /mitigationactions/actions/{actionName}',
    labels: { actionName: 'MitigationActionName' },
    errors: '',
  },
  ListMitigationActions: {
    http: 'GET /mitigationactions/actions',
    query: { actionType: 'MitigationActionType', maxResults: 'int 1..250', nextToken: 'string' },
    output: { actionIdentifiers: '[MitigationActionIdentifier]', nextToken: 'string' },
    errors: '',
  },
} as const
