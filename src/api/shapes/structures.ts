/** What bodies and answers are made of; a member without `*` may be left out. */
export const STRUCTURES = {
  ActiveViolation: {
    violationId: 'ViolationId',
    thingName: 'DeviceDefenderThingName',
    securityProfileName: 'SecurityProfileName',
    behavior: 'Behavior',
    lastViolationValue: 'MetricValue',
    violationEventAdditionalInfo: 'ViolationEventAdditionalInfo',
    verificationState: 'VerificationState',
    verificationStateDescription: 'VerificationStateDescription',
    lastViolationTime: 'ts',
    violationStartTime: 'ts',
  },
  AddThingsToThingGroupParams: {
    thingGroupNames: '[ThingGroupName] {1..10}*',
    overrideDynamicGroups: 'bool',
  },
  AlertTarget: {
    alertTargetArn: 'string*',
    roleArn: 'RoleArn*',
  },
  AttributePayload: {
    attributes: '{AttributeName: AttributeValue}',
    merge: 'bool',
  },
  Behavior: {
    name: 'BehaviorName*',
    metric: 'string',
    metricDimension: 'MetricDimension',
    criteria: 'BehaviorCriteria',
    suppressAlerts: 'bool',
    exportMetric: 'bool',
  },
  BehaviorCriteria: {
    comparisonOperator: 'ComparisonOperator',
    value: 'MetricValue',
    durationSeconds: 'int',
    consecutiveDatapointsToAlarm: 'int 1..10',
    consecutiveDatapointsToClear: 'int 1..10',
    statisticalThreshold: 'StatisticalThreshold',
    mlDetectionConfig: 'MachineLearningDetectionConfig',
  },
  BehaviorModelTrainingSummary: {
    securityProfileName: 'SecurityProfileName',
    behaviorName: 'BehaviorName',
    trainingDataCollectionStartDate: 'ts',
    modelStatus: 'ModelStatus',
    datapointsCollectionPercentage: 'double 0..100',
    lastModelRefreshDate: 'ts',
  },
  DetectMitigationActionExecution: {
    taskId: 'MitigationActionsTaskId',
    violationId: 'ViolationId',
    actionName: 'MitigationActionName',
    thingName: 'DeviceDefenderThingName',
    executionStartDate: 'ts',
    executionEndDate: 'ts',
    status: 'DetectMitigationActionExecutionStatus',
    errorCode: 'string',
    message: 'ErrorMessage',
  },
  DetectMitigationActionsTaskStatistics: {
    actionsExecuted: 'long',
    actionsSkipped: 'long',
    actionsFailed: 'long',
  },
  DetectMitigationActionsTaskSummary: {
    taskId: 'MitigationActionsTaskId',
    taskStatus: 'DetectMitigationActionsTaskStatus',
    taskStartTime: 'ts',
    taskEndTime: 'ts',
    target: 'DetectMitigationActionsTaskTarget',
    violationEventOccurrenceRange: 'ViolationEventOccurrenceRange',
    onlyActiveViolationsIncluded: 'bool',
    suppressedAlertsIncluded: 'bool',
    actionsDefinition: '[MitigationAction]',
    taskStatistics: 'DetectMitigationActionsTaskStatistics',
  },
  DetectMitigationActionsTaskTarget: {
    violationIds: '[ViolationId] {1..25}',
    securityProfileName: 'SecurityProfileName',
    behaviorName: 'BehaviorName',
  },
  EnableIoTLoggingParams: {
    roleArnForLogging: 'RoleArn*',
    logLevel: 'LogLevel*',
  },
  GroupNameAndArn: {
    groupName: 'ThingGroupName',
    groupArn: 'string',
  },
  MachineLearningDetectionConfig: {
    confidenceLevel: 'ConfidenceLevel*',
  },
  MetricDatum: {
    timestamp: 'ts',
    value: 'MetricValue',
  },
  MetricDimension: {
    dimensionName: 'DimensionName*',
    operator: 'DimensionValueOperator',
  },
  MetricToRetain: {
    metric: 'string*',
    metricDimension: 'MetricDimension',
    exportMetric: 'bool',
  },
  MetricValue: {
    count: 'long 0..',
    cidrs: '[Cidr]',
    ports: '[int 0..65535]',
    number: 'double',
    numbers: '[double]',
    strings: '[string]',
  },
  MetricsExportConfig: {
    mqttTopic: 'MqttTopic*',
    roleArn: 'RoleArn*',
  },
  MitigationAction: {
    name: 'MitigationActionName',
    id: 'string',
    roleArn: 'RoleArn',
    actionParams: 'MitigationActionParams',
  },
  MitigationActionIdentifier: {
    actionName: 'MitigationActionName',
    actionArn: 'string',
    creationDate: 'ts',
  },
  MitigationActionParams: {
    updateDeviceCertificateParams: 'UpdateDeviceCertificateParams',
    updateCACertificateParams: 'UpdateCACertificateParams',
    addThingsToThingGroupParams: 'AddThingsToThingGroupParams',
    replaceDefaultPolicyVersionParams: 'ReplaceDefaultPolicyVersionParams',
    enableIoTLoggingParams: 'EnableIoTLoggingParams',
    publishFindingToSnsParams: 'PublishFindingToSnsParams',
  },
  Policy: {
    policyName: 'PolicyName',
    policyArn: 'string',
  },
  PublishFindingToSnsParams: {
    topicArn: 'SnsTopicArn*',
  },
  ReplaceDefaultPolicyVersionParams: {
    templateName: 'PolicyTemplateName*',
  },
  SecurityProfileIdentifier: {
    name: 'SecurityProfileName*',
    arn: 'string*',
  },
  SecurityProfileTarget: {
    arn: 'string*',
  },
  SecurityProfileTargetMapping: {
    securityProfileIdentifier: 'SecurityProfileIdentifier',
    target: 'SecurityProfileTarget',
  },
  StatisticalThreshold: {
    statistic: 'EvaluationStatistic',
  },
  Tag: {
    Key: 'TagKey*',
    Value: 'TagValue',
  },
  ThingAttribute: {
    thingName: 'ThingName',
    thingTypeName: 'ThingTypeName',
    thingArn: 'string',
    attributes: '{AttributeName: AttributeValue}',
    version: 'long',
  },
  ThingGroupMetadata: {
    parentGroupName: 'ThingGroupName',
    rootToParentThingGroups: '[GroupNameAndArn]',
    creationDate: 'ts',
  },
  ThingGroupProperties: {
    thingGroupDescription: 'ThingGroupDescription',
    attributePayload: 'AttributePayload',
  },
  UpdateCACertificateParams: {
    action: 'CACertificateUpdateAction*',
  },
  UpdateDeviceCertificateParams: {
    action: 'DeviceCertificateUpdateAction*',
  },
  ValidationError: {
    errorMessage: 'ErrorMessage',
  },
  ViolationEvent: {
    violationId: 'ViolationId',
    thingName: 'DeviceDefenderThingName',
    securityProfileName: 'SecurityProfileName',
    behavior: 'Behavior',
    metricValue: 'MetricValue',
    violationEventAdditionalInfo: 'ViolationEventAdditionalInfo',
    violationEventType: 'ViolationEventType',
    verificationState: 'VerificationState',
    verificationStateDescription: 'VerificationStateDescription',
    violationEventTime: 'ts',
  },
  ViolationEventAdditionalInfo: {
    confidenceLevel: 'ConfidenceLevel',
  },
  ViolationEventOccurrenceRange: {
    startTime: 'ts*',
    endTime: 'ts*',
  },
} as const
