/** Policies as far as quarantine needs them, and endpoint discovery. */
export const POLICY_OPERATIONS = {
  CreatePolicy: {
    http: 'POST /policies/{policyName}',
    labels: { policyName: 'PolicyName' },
    body: { policyDocument: 'PolicyDocument*', tags: '[Tag]' },
    output: {
      policyName: 'PolicyName',
      policyArn: 'string',
      policyDocument: 'PolicyDocument',
      policyVersionId: 'PolicyVersionId',
    },
    errors: 'ResourceAlreadyExists MalformedPolicy Unauthorized ServiceUnavailable',
  },
  GetPolicy: {
    http: 'GET /policies/{policyName}',
    labels: { policyName: 'PolicyName' },
    output: {
      policyName: 'PolicyName',
      policyArn: 'string',
      policyDocument: 'PolicyDocument',
      defaultVersionId: 'PolicyVersionId',
      creationDate: 'ts',
      lastModifiedDate: 'ts',
      generationId: 'string',
    },
    errors: 'ResourceNotFound Unauthorized ServiceUnavailable',
  },
  DeletePolicy: {
    http: 'DELETE /policies/{policyName}',
    labels: { policyName: 'PolicyName' },
    errors: 'DeleteConflict ResourceNotFound Unauthorized ServiceUnavailable',
  },
  AttachPolicy: {
    http: 'PUT /target-policies/{policyName}',
    labels: { policyName: 'PolicyName' },
    body: { target: 'string*' },
    errors: 'ResourceNotFound Unauthorized ServiceUnavailable LimitExceeded',
  },
  DetachPolicy: {
    http: 'POST /target-policies/{policyName}',
    labels: { policyName: 'PolicyName' },
    body: { target: 'string*' },
    errors: 'Unauthorized ServiceUnavailable LimitExceeded',
  },
  ListAttachedPolicies: {
    http: 'POST /attached-policies/{target}',
    labels: { target: 'string' },
    query: { recursive: 'bool', marker: 'Marker', pageSize: 'int 1..250' },
    output: { policies: '[Policy]', nextMarker: 'Marker' },
    errors: 'ResourceNotFound Unauthorized ServiceUnavailable LimitExceeded',
  },
  DescribeEndpoint: {
    http: 'GET /endpoint',
    query: { endpointType: 'EndpointType' },
    output: { endpointAddress: 'string' },
    errors: 'Unauthorized',
  },
} as const
