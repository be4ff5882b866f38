import {
  CancelDetectMitigationActionsTaskCommand,
  CreateMitigationActionCommand,
  DescribeDetectMitigationActionsTaskCommand,
  DescribeMitigationActionCommand,
  type IoTClient,
  ListDetectMitigationActionsExecutionsCommand,
  ListDetectMitigationActionsTasksCommand,
  type MitigationActionParams,
  paginateListDetectMitigationActionsExecutions,
  StartDetectMitigationActionsTaskCommand,
  type StartDetectMitigationActionsTaskCommandInput,
  UpdateMitigationActionCommand,
} from '@aws-sdk/client-iot'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runTasks } from '../../src/respond/run-tasks.ts'
import { groupsOf } from '../../src/store/group-members.ts'
import { attach, group, register } from '../store/registry.ts'
import { type RunningApi, runApi } from './running-api.ts'
import { seedViolation } from './violations-in-store.ts'

const NOW = 1_700_000_000_123
const ROLE = 'arn:aws:iam::123456789012:role/r12345'
const TO_HALL = {
  addThingsToThingGroupParams: { thingGroupNames: ['hall'], overrideDynamicGroups: false },
}

let api: RunningApi
let client: IoTClient
beforeEach(async () => {
  // Signatures are not what is tested here, and the clock stands still.
  const clock = { now: () => NOW }
  api = await runApi({ clock, keys: null })
  client = api.client()
})
afterEach(async () => {
  await api.close()
  expect(api.faults).toEqual([])
})

const createAction = (actionName: string, actionParams: MitigationActionParams = TO_HALL) =>
  client.send(new CreateMitigationActionCommand({ actionName, roleArn: ROLE, actionParams }))
const describeAction = (actionName: string) =>
  client.send(new DescribeMitigationActionCommand({ actionName }))

describe('a mitigation action', () => {
  test('is made, described and updated', async () => {
    const { actionArn, actionId } = await createAction('act')
    expect(actionArn).toBe('arn:aws:iot:eu-west-1:123456789012:mitigationaction/act')
    const described = {
      actionName: 'act',
      actionType: 'ADD_THINGS_TO_THING_GROUP',
      actionArn,
      actionId,
      roleArn: ROLE,
      actionParams: TO_HALL,
      creationDate: new Date(NOW),
      lastModifiedDate: new Date(NOW),
    }
    expect(await describeAction('act')).toMatchObject(described)
    const roleArn = `${ROLE}6`
    const updated = await client.send(
      new UpdateMitigationActionCommand({ actionName: 'act', roleArn }),
    )
    expect(updated).toMatchObject({ actionArn, actionId })
    expect(await describeAction('act')).toMatchObject({ ...described, roleArn })
  })

  test.each<[string, MitigationActionParams, string]>([
    ['UPDATE_DEVICE_CERTIFICATE', { updateDeviceCertificateParams: { action: 'DEACTIVATE' } }, ''],
    ['UPDATE_CA_CERTIFICATE', { updateCACertificateParams: { action: 'DEACTIVATE' } }, ''],
    [
      'REPLACE_DEFAULT_POLICY_VERSION',
      { replaceDefaultPolicyVersionParams: { templateName: 'BLANK_POLICY' } },
      '',
    ],
    [
      'ENABLE_IOT_LOGGING',
      { enableIoTLoggingParams: { roleArnForLogging: ROLE, logLevel: 'INFO' } },
      '',
    ],
    ['PUBLISH_FINDING_TO_SNS', { publishFindingToSnsParams: { topicArn: 'arn:aws:sns:::t' } }, ''],
  ])('is of the type %s by its parameters', async (type, params) => {
    await createAction('act', params)
    expect((await describeAction('act')).actionType).toBe(type)
  })

  test.each<[string, MitigationActionParams]>([
    ['no parameters', {}],
    [
      'parameters of two types',
      { ...TO_HALL, updateCACertificateParams: { action: 'DEACTIVATE' } },
    ],
    [
      'logging that is disabled',
      { enableIoTLoggingParams: { roleArnForLogging: ROLE, logLevel: 'DISABLED' } },
    ],
    ['no group', { addThingsToThingGroupParams: { thingGroupNames: [] } }],
  ])('is refused with %s', async (_what, params) => {
    await expect(createAction('act', params)).rejects.toMatchObject({
      name: 'InvalidRequestException',
    })
  })

  test('is the hundredth and last', async () => {
    for (let i = 0; i < 100; i++) await createAction(`act${i}`)
    await expect(createAction('more')).rejects.toMatchObject({
      name: 'LimitExceededException',
      $metadata: { httpStatusCode: 410 },
    })
  })
})

describe('a task', () => {
  beforeEach(async () => {
    register(api.store, 'lamp')
    group(api.store, 'hall')
    attach(api.store, 'p')
    await createAction('act')
    seedViolation(api.store, { id: 'a1', thing: 'lamp', profile: 'p' })
    seedViolation(api.store, { id: 'a2', thing: 'stranger', profile: 'p', ended: 5_000 })
  })

  const start = (input: Partial<StartDetectMitigationActionsTaskCommandInput> = {}) =>
    client.send(
      new StartDetectMitigationActionsTaskCommand({
        taskId: 't1',
        target: { violationIds: ['a1', 'a2'] },
        actions: ['act'],
        clientRequestToken: 'once',
        ...input,
      }),
    )
  const summary = async () => {
    const command = new DescribeDetectMitigationActionsTaskCommand({ taskId: 't1' })
    return (await client.send(command)).taskSummary
  }

  test('is started, run, and tells what became of it', async () => {
    expect((await start({ includeOnlyActiveViolations: false })).taskId).toBe('t1')
    const begun = {
      taskId: 't1',
      taskStatus: 'IN_PROGRESS',
      taskStartTime: new Date(NOW),
      target: { violationIds: ['a1', 'a2'] },
      onlyActiveViolationsIncluded: false,
      suppressedAlertsIncluded: false,
      actionsDefinition: [{ name: 'act', roleArn: ROLE, actionParams: TO_HALL }],
      taskStatistics: { actionsExecuted: 0, actionsSkipped: 0, actionsFailed: 0 },
    }
    expect(await summary()).toMatchObject(begun)
    while (runTasks(api.store.database, NOW, { atOnce: 10, ended: () => {} })) {
      // Goes on until there is nothing left to do.
    }
    expect(groupsOf(api.store.database, 'lamp')).toEqual(['hall'])
    expect(await summary()).toMatchObject({
      ...begun,
      taskStatus: 'FAILED',
      taskEndTime: new Date(NOW),
      taskStatistics: { actionsExecuted: 1, actionsSkipped: 0, actionsFailed: 1 },
    })
    const executions = []
    const pages = paginateListDetectMitigationActionsExecutions(
      { client, pageSize: 1 },
      { taskId: 't1' },
    )
    for await (const page of pages) executions.push(...page.actionsExecutions!)
    const at = { executionStartDate: new Date(NOW), executionEndDate: new Date(NOW) }
    expect(executions).toMatchObject([
      { taskId: 't1', violationId: 'a1', thingName: 'lamp', status: 'SUCCESSFUL', ...at },
      {
        violationId: 'a2',
        actionName: 'act',
        status: 'FAILED',
        errorCode: 'ResourceNotFoundException',
      },
    ])
  })

  test('is asked for again by a client that heard no answer, but not by another', async () => {
    await start()
    await start()
    await expect(start({ clientRequestToken: 'twice' })).rejects.toMatchObject({
      name: 'TaskAlreadyExistsException',
      $metadata: { httpStatusCode: 400 },
    })
  })

  test.each<[string, Partial<StartDetectMitigationActionsTaskCommandInput>]>([
    ['an action that is not there', { actions: ['nope'] }],
    ['six actions', { actions: ['a', 'b', 'c', 'd', 'e', 'f'] }],
    ['a violation that is not there', { target: { violationIds: ['ffff'] } }],
    ['a profile that is not there', { target: { securityProfileName: 'nope' } }],
    ['two targets', { target: { violationIds: ['a1'], securityProfileName: 'p' } }],
    ['no target', { target: {} }],
    ['a behavior of no profile', { target: { behaviorName: 'b' } }],
    [
      'a period that ends before it begins',
      { violationEventOccurrenceRange: { startTime: new Date(2_000), endTime: new Date(1_000) } },
    ],
  ])('is refused with %s', async (_what, input) => {
    await expect(start(input)).rejects.toMatchObject({ name: 'InvalidRequestException' })
    await expect(summary()).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })

  test('is refused with an action that Detect cannot run', async () => {
    await createAction('ca', { updateCACertificateParams: { action: 'DEACTIVATE' } })
    await expect(start({ actions: ['ca'] })).rejects.toThrow(
      'Mitigation action ca is UPDATE_CA_CERTIFICATE; Detect can run ADD_THINGS_TO_THING_GROUP',
    )
  })

  test('is refused while five are running', async () => {
    for (const taskId of ['a', 'b', 'c', 'd', 'e']) await start({ taskId })
    await expect(start()).rejects.toMatchObject({ name: 'LimitExceededException' })
  })

  test('is canceled once', async () => {
    await start()
    const cancel = () => client.send(new CancelDetectMitigationActionsTaskCommand({ taskId: 't1' }))
    await cancel()
    expect(await summary()).toMatchObject({
      taskStatus: 'CANCELED',
      taskStatistics: { actionsSkipped: 2 },
    })
    await expect(cancel()).rejects.toThrow('Task t1 is over')
  })

  test('is listed by when it was started, page by page', async () => {
    for (const taskId of ['a', 'b', 'c']) await start({ taskId })
    const list = (input: object) =>
      client.send(
        new ListDetectMitigationActionsTasksCommand({
          startTime: new Date(NOW),
          endTime: new Date(NOW),
          ...input,
        }),
      )
    const first = await list({ maxResults: 2 })
    const second = await list({ maxResults: 2, nextToken: first.nextToken })
    const ids = [...first.tasks!, ...second.tasks!].map(({ taskId }) => taskId)
    expect(ids).toEqual(['a', 'b', 'c'])
    expect(second.nextToken).toBeUndefined()
    expect(
      (await list({ startTime: new Date(NOW + 1), endTime: new Date(NOW + 2) })).tasks,
    ).toEqual([])
  })

  test('has its range kept, and executions found by violation and thing', async () => {
    const range = { startTime: new Date(500), endTime: new Date(1_500.25) }
    await start({ violationEventOccurrenceRange: range, target: { securityProfileName: 'p' } })
    expect(await summary()).toMatchObject({
      target: { securityProfileName: 'p' },
      violationEventOccurrenceRange: range,
    })
    const found = async (input: object) => {
      const command = new ListDetectMitigationActionsExecutionsCommand(input)
      return (await client.send(command)).actionsExecutions?.length
    }
    expect(await found({})).toBe(2)
    expect(await found({ violationId: 'a1', thingName: 'lamp' })).toBe(1)
    expect(await found({ violationId: 'a1', thingName: 'stranger' })).toBe(0)
    expect(await found({ startTime: new Date(NOW + 1) })).toBe(0)
  })
})
