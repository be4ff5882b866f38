/** Alarms, models and metric values. */
export const VIOLATION_OPERATIONS = {
  GetBehaviorModelTrainingSummaries: {
    http: 'GET /behavior-model-training/summaries',
    query: {
      securityProfileName: 'SecurityProfileName',
      maxResults: 'int 1..10',
      nextToken: 'string',
    },
    output: { summaries: '[BehaviorModelTrainingSummary]', nextToken: 'string' },
    errors: 'ResourceNotFound',
  },
  ListActiveViolations: {
    http: 'GET /active-violations',
    query: {
      thingName: 'DeviceDefenderThingName',
      securityProfileName: 'SecurityProfileName',
      behaviorCriteriaType: 'BehaviorCriteriaType',
      listSuppressedAlerts: 'bool',
      verificationState: 'VerificationState',
      nextToken: 'string',
      maxResults: 'int 1..250',
    },
    output: { activeViolations: '[ActiveViolation]', nextToken: 'string' },
    errors: 'ResourceNotFound',
  },
  ListViolationEvents: {
    http: 'GET /violation-events',
    query: {
      startTime: 'ts*',
      endTime: 'ts*',
      thingName: 'DeviceDefenderThingName',
      securityProfileName: 'SecurityProfileName',
      behaviorCriteriaType: 'BehaviorCriteriaType',
      listSuppressedAlerts: 'bool',
      verificationState: 'VerificationState',
      nextToken: 'string',
      maxResults: 'int 1..250',
    },
    output: { violationEvents: '[ViolationEvent]', nextToken: 'string' },
    errors: '',
  },
  PutVerificationStateOnViolation: {
    http: 'POST /violations/verification-state/{violationId}',
    labels: { violationId: 'ViolationId' },
    body: {
      verificationState: 'VerificationState*',
      verificationStateDescription: 'VerificationStateDescription',
    },
    errors: '',
  },
  ListMetricValues: {
    http: 'GET /metric-values',
    query: {
      thingName: 'DeviceDefenderThingName*',
      metricName: 'string*',
      dimensionName: 'DimensionName',
      dimensionValueOperator: 'DimensionValueOperator',
      startTime: 'ts*',
      endTime: 'ts*',
      maxResults: 'int 1..250',
      nextToken: 'string',
    },
    output: { metricDatumList: '[MetricDatum]', nextToken: 'string' },
    errors: 'ResourceNotFound',
  },
} as const
