import type { OperationName } from '../../src/api/operations.ts'
import { startTask } from '../../src/respond/start-task.ts'
import { insertCustomMetric } from '../../src/store/custom-metrics.ts'
import { insertDimension } from '../../src/store/dimensions.ts'
import { insertAction } from '../../src/store/mitigation-actions.ts'
import { attachPolicy, insertPolicy } from '../../src/store/policies.ts'
import type { Store } from '../../src/store/store.ts'
import { attach, group, put, register } from '../store/registry.ts'
import { seedViolation } from './violations-in-store.ts'

/** A call that the world below answers, what its answer must hold, and a call that is refused. */
interface Case {
  ok: object
  /** Members of the answer, space-separated. */
  answers: string
  refused: object
  error: string
}

const ARN = 'arn:aws:iot:eu-west-1:123456789012:'
const ROLE = 'arn:aws:iam::123456789012:role/r12345'
const PERIOD = { startTime: new Date(0), endTime: new Date(10_000) }
const BACKWARDS = { startTime: new Date(10_000), endTime: new Date(0) }
const TO_GROUP = { addThingsToThingGroupParams: { thingGroupNames: ['hall'] } }
const DENY =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iot:*","Resource":"*"}]}'

/** One of each kind of thing there is. */
export function makeWorld({ database, ...store }: Store): void {
  const world = { ...store, database }
  register(world, 'lamp', 'door')
  group(world, 'hall', 'hall/wall', 'attic')
  put(world, 'hall', 'lamp')
  attach(world, 'p', 'thinggroup/hall')
  seedViolation(world, { id: 'a1', thing: 'lamp', profile: 'p' })
  const made = { token: null, created: 1_000, modified: 1_000 }
  insertCustomMetric(database, { name: 'level', type: 'number', displayName: 'Level', ...made })
  insertDimension(database, { name: 'D', type: 'TOPIC_FILTER', stringValues: ['a'], ...made })
  const action = { id: 'id-act', roleArn: ROLE, created: 1_000, modified: 1_000 }
  const type = 'ADD_THINGS_TO_THING_GROUP'
  insertAction(database, { name: 'act', type, params: TO_GROUP, ...action })
  const sns = { publishFindingToSnsParams: { topicArn: 'arn:aws:sns:eu-west-1:1:t' } }
  insertAction(database, { name: 'sns', type: 'PUBLISH_FINDING_TO_SNS', params: sns, ...action })
  for (const name of ['pol', 'used']) {
    const policy = { document: DENY, versionId: '1', generation: 'g', created: 1, modified: 1 }
    insertPolicy(database, { name, ...policy })
  }
  attachPolicy(database, 'used', 'thinggroup/hall')
  const target = { violationIds: ['a1'] }
  const flags = { onlyActive: false, includeSuppressed: false, occurrence: null, token: null }
  startTask(database, { id: 't1', target, actions: ['act'], ...flags }, 1_000)
}

const RNF = 'ResourceNotFoundException'
const IR = 'InvalidRequestException'
const RAE = 'ResourceAlreadyExistsException'
const VC = 'VersionConflictException'

/** Every operation of the table has its case: the type asks for it. */
export const CASES: Record<OperationName, Case> = {
  CreateSecurityProfile: {
    ok: { securityProfileName: 'new', behaviors: [] },
    answers: 'securityProfileName securityProfileArn',
    refused: { securityProfileName: 'p' },
    error: RAE,
  },
  DescribeSecurityProfile: {
    ok: { securityProfileName: 'p' },
    answers:
      'securityProfileName securityProfileArn behaviors version creationDate lastModifiedDate',
    refused: { securityProfileName: 'nope' },
    error: RNF,
  },
  UpdateSecurityProfile: {
    ok: { securityProfileName: 'p', securityProfileDescription: 'x', expectedVersion: 1 },
    answers: 'securityProfileName securityProfileArn securityProfileDescription version',
    refused: { securityProfileName: 'p', expectedVersion: 9 },
    error: VC,
  },
  DeleteSecurityProfile: {
    ok: { securityProfileName: 'p' },
    answers: '',
    refused: { securityProfileName: 'p', expectedVersion: 9 },
    error: VC,
  },
  ListSecurityProfiles: {
    ok: { metricName: 'level' },
    answers: 'securityProfileIdentifiers',
    refused: { metricName: 'level', dimensionName: 'D' },
    error: IR,
  },
  ListSecurityProfilesForTarget: {
    ok: { securityProfileTargetArn: `${ARN}thinggroup/hall`, recursive: true },
    answers: 'securityProfileTargetMappings',
    refused: { securityProfileTargetArn: `${ARN}thinggroup/nope` },
    error: RNF,
  },
  AttachSecurityProfile: {
    ok: { securityProfileName: 'p', securityProfileTargetArn: `${ARN}all/things` },
    answers: '',
    refused: { securityProfileName: 'nope', securityProfileTargetArn: `${ARN}all/things` },
    error: RNF,
  },
  DetachSecurityProfile: {
    ok: { securityProfileName: 'p', securityProfileTargetArn: `${ARN}thinggroup/hall` },
    answers: '',
    refused: { securityProfileName: 'p', securityProfileTargetArn: 'hall' },
    error: IR,
  },
  ListTargetsForSecurityProfile: {
    ok: { securityProfileName: 'p' },
    answers: 'securityProfileTargets',
    refused: { securityProfileName: 'nope' },
    error: RNF,
  },
  ValidateSecurityProfileBehaviors: {
    ok: { behaviors: [{ name: 'x', metric: 'aws:nope' }] },
    answers: 'valid validationErrors',
    refused: {},
    error: IR,
  },
  GetBehaviorModelTrainingSummaries: {
    ok: {},
    answers: 'summaries',
    refused: { securityProfileName: 'nope' },
    error: RNF,
  },
  ListActiveViolations: {
    ok: { thingName: 'lamp' },
    answers: 'activeViolations',
    refused: { securityProfileName: 'nope' },
    error: RNF,
  },
  ListViolationEvents: {
    ok: PERIOD,
    answers: 'violationEvents',
    refused: BACKWARDS,
    error: IR,
  },
  PutVerificationStateOnViolation: {
    ok: { violationId: 'a1', verificationState: 'TRUE_POSITIVE' },
    answers: '',
    refused: { violationId: 'ffff', verificationState: 'TRUE_POSITIVE' },
    error: IR,
  },
  ListMetricValues: {
    ok: { thingName: 'lamp', metricName: 'level', ...PERIOD },
    answers: 'metricDatumList',
    refused: { thingName: 'lamp', metricName: 'nope', ...PERIOD },
    error: RNF,
  },
  CreateCustomMetric: {
    ok: { metricName: 'new', metricType: 'string-list' },
    answers: 'metricName metricArn',
    refused: { metricName: 'level', metricType: 'number' },
    error: RAE,
  },
  DescribeCustomMetric: {
    ok: { metricName: 'level' },
    answers: 'metricName metricArn metricType displayName creationDate lastModifiedDate',
    refused: { metricName: 'nope' },
    error: RNF,
  },
  UpdateCustomMetric: {
    ok: { metricName: 'level', displayName: 'Height' },
    answers: 'metricName metricArn metricType displayName creationDate lastModifiedDate',
    refused: { metricName: 'nope', displayName: 'x' },
    error: RNF,
  },
  DeleteCustomMetric: {
    ok: { metricName: 'nope' },
    answers: '',
    refused: { metricName: 'a b' },
    error: IR,
  },
  ListCustomMetrics: {
    ok: {},
    answers: 'metricNames',
    refused: { maxResults: 251 },
    error: IR,
  },
  CreateDimension: {
    ok: { name: 'new', type: 'TOPIC_FILTER', stringValues: ['a/#'] },
    answers: 'name arn',
    refused: { name: 'D', type: 'TOPIC_FILTER', stringValues: ['a/#'] },
    error: RAE,
  },
  DescribeDimension: {
    ok: { name: 'D' },
    answers: 'name arn type stringValues creationDate lastModifiedDate',
    refused: { name: 'nope' },
    error: RNF,
  },
  UpdateDimension: {
    ok: { name: 'D', stringValues: ['b/#'] },
    answers: 'name arn type stringValues creationDate lastModifiedDate',
    refused: { name: 'D', stringValues: [] },
    error: IR,
  },
  DeleteDimension: {
    ok: { name: 'nope' },
    answers: '',
    refused: { name: 'a b' },
    error: IR,
  },
  ListDimensions: {
    ok: { maxResults: 250 },
    answers: 'dimensionNames',
    refused: { nextToken: 'x' },
    error: IR,
  },
  CreateMitigationAction: {
    ok: { actionName: 'new', roleArn: ROLE, actionParams: TO_GROUP },
    answers: 'actionArn actionId',
    refused: { actionName: 'act', roleArn: ROLE, actionParams: TO_GROUP },
    error: RAE,
  },
  DescribeMitigationAction: {
    ok: { actionName: 'act' },
    answers:
      'actionName actionType actionArn actionId roleArn actionParams creationDate lastModifiedDate',
    refused: { actionName: 'nope' },
    error: RNF,
  },
  UpdateMitigationAction: {
    ok: { actionName: 'act', roleArn: `${ROLE}6` },
    answers: 'actionArn actionId',
    refused: { actionName: 'act', actionParams: {} },
    error: IR,
  },
  DeleteMitigationAction: {
    ok: { actionName: 'act' },
    answers: '',
    refused: { actionName: 'a b' },
    error: IR,
  },
  ListMitigationActions: {
    ok: { actionType: 'ADD_THINGS_TO_THING_GROUP' },
    answers: 'actionIdentifiers',
    refused: { actionType: 'NOTHING' },
    error: IR,
  },
  StartDetectMitigationActionsTask: {
    ok: { taskId: 'new', target: { securityProfileName: 'p' }, actions: ['act'] },
    answers: 'taskId',
    refused: { taskId: 't1', target: { violationIds: ['a1'] }, actions: ['act'] },
    error: 'TaskAlreadyExistsException',
  },
  DescribeDetectMitigationActionsTask: {
    ok: { taskId: 't1' },
    answers: 'taskSummary',
    refused: { taskId: 'nope' },
    error: RNF,
  },
  ListDetectMitigationActionsTasks: {
    ok: PERIOD,
    answers: 'tasks',
    refused: BACKWARDS,
    error: IR,
  },
  ListDetectMitigationActionsExecutions: {
    ok: { taskId: 't1' },
    answers: 'actionsExecutions',
    refused: BACKWARDS,
    error: IR,
  },
  CancelDetectMitigationActionsTask: {
    ok: { taskId: 't1' },
    answers: '',
    refused: { taskId: 'nope' },
    error: RNF,
  },
  CreateThing: {
    ok: { thingName: 'new' },
    answers: 'thingName thingArn thingId',
    refused: { thingName: 'lamp', thingTypeName: 'bulb' },
    error: RAE,
  },
  DescribeThing: {
    ok: { thingName: 'lamp' },
    answers: 'thingName thingArn thingId version defaultClientId',
    refused: { thingName: 'nope' },
    error: RNF,
  },
  UpdateThing: {
    ok: { thingName: 'lamp', attributePayload: { attributes: { room: 'hall' } } },
    answers: '',
    refused: { thingName: 'lamp', expectedVersion: 9 },
    error: VC,
  },
  ListThings: {
    ok: {},
    answers: 'things',
    refused: { maxResults: 0 },
    error: IR,
  },
  DeleteThing: {
    ok: { thingName: 'lamp' },
    answers: '',
    refused: { thingName: 'lamp', expectedVersion: 9 },
    error: VC,
  },
  CreateThingGroup: {
    ok: { thingGroupName: 'new' },
    answers: 'thingGroupName thingGroupArn thingGroupId',
    refused: { thingGroupName: 'hall', parentGroupName: 'attic' },
    error: RAE,
  },
  DescribeThingGroup: {
    ok: { thingGroupName: 'hall' },
    answers: 'thingGroupName thingGroupArn thingGroupId version',
    refused: { thingGroupName: 'nope' },
    error: RNF,
  },
  UpdateThingGroup: {
    ok: { thingGroupName: 'hall', thingGroupProperties: { thingGroupDescription: 'x' } },
    answers: 'version',
    refused: { thingGroupName: 'hall', thingGroupProperties: {}, expectedVersion: 9 },
    error: VC,
  },
  ListThingGroups: {
    ok: { parentGroup: 'hall' },
    answers: 'thingGroups',
    refused: { parentGroup: 'nope' },
    error: RNF,
  },
  DeleteThingGroup: {
    ok: { thingGroupName: 'attic' },
    answers: '',
    refused: { thingGroupName: 'hall' },
    error: IR,
  },
  AddThingToThingGroup: {
    ok: { thingGroupName: 'attic', thingName: 'lamp' },
    answers: '',
    refused: { thingGroupName: 'attic', thingName: 'nope' },
    error: RNF,
  },
  RemoveThingFromThingGroup: {
    ok: { thingGroupName: 'hall', thingName: 'lamp' },
    answers: '',
    refused: { thingGroupName: 'nope', thingName: 'lamp' },
    error: RNF,
  },
  ListThingsInThingGroup: {
    ok: { thingGroupName: 'hall' },
    answers: 'things',
    refused: { thingGroupName: 'nope' },
    error: RNF,
  },
  ListThingGroupsForThing: {
    ok: { thingName: 'lamp' },
    answers: 'thingGroups',
    refused: { thingName: 'nope' },
    error: RNF,
  },
  UpdateThingGroupsForThing: {
    ok: { thingName: 'lamp', thingGroupsToRemove: ['hall'], thingGroupsToAdd: ['attic'] },
    answers: '',
    refused: { thingName: 'lamp', thingGroupsToAdd: ['nope'] },
    error: RNF,
  },
  TagResource: {
    ok: { resourceArn: `${ARN}securityprofile/p`, tags: [{ Key: 'a', Value: 'b' }] },
    answers: '',
    refused: { resourceArn: `${ARN}securityprofile/nope`, tags: [{ Key: 'a', Value: 'b' }] },
    error: RNF,
  },
  UntagResource: {
    ok: { resourceArn: `${ARN}securityprofile/p`, tagKeys: ['a'] },
    answers: '',
    refused: { resourceArn: 'p', tagKeys: ['a'] },
    error: IR,
  },
  ListTagsForResource: {
    ok: { resourceArn: `${ARN}securityprofile/p` },
    answers: 'tags',
    refused: { resourceArn: `${ARN}securityprofile/nope` },
    error: RNF,
  },
  CreatePolicy: {
    ok: { policyName: 'new', policyDocument: DENY },
    answers: 'policyName policyArn policyDocument policyVersionId',
    refused: { policyName: 'new', policyDocument: '{' },
    error: 'MalformedPolicyException',
  },
  GetPolicy: {
    ok: { policyName: 'pol' },
    answers:
      'policyName policyArn policyDocument defaultVersionId creationDate lastModifiedDate generationId',
    refused: { policyName: 'nope' },
    error: RNF,
  },
  DeletePolicy: {
    ok: { policyName: 'pol' },
    answers: '',
    refused: { policyName: 'used' },
    error: 'DeleteConflictException',
  },
  AttachPolicy: {
    ok: { policyName: 'pol', target: `${ARN}thinggroup/hall` },
    answers: '',
    refused: { policyName: 'nope', target: `${ARN}thinggroup/hall` },
    error: RNF,
  },
  DetachPolicy: {
    ok: { policyName: 'used', target: `${ARN}thinggroup/hall` },
    answers: '',
    refused: { policyName: 'a b', target: `${ARN}thinggroup/hall` },
    error: IR,
  },
  ListAttachedPolicies: {
    ok: { target: `${ARN}thinggroup/hall` },
    answers: 'policies',
    refused: { target: `${ARN}thinggroup/nope` },
    error: RNF,
  },
  DescribeEndpoint: {
    ok: {},
    answers: 'endpointAddress',
    refused: { endpointType: 'nope' },
    error: IR,
  },
}
