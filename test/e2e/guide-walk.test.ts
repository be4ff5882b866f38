import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AwsCli, AwsIot, findAwsCli } from './aws-cli.ts'
import { Program } from './program.ts'

/**
 * The walk of AWS's own guide to ML Detect, command by command, with AWS's own command line against a
 * service that runs as its users run it; and what else the commands can be asked for.
 */
const cli = findAwsCli()
if (typeof cli === 'string') {
  process.stderr.write(`SKIPPED: the guide's walk with the AWS command line: ${cli}\n`)
}

const PROFILE = 'security-profile-for-smart-lights'
const GROUP = 'ML_Detect_beta_static_group'
const ARN = 'arn:aws:iot:eu-west-1:123456789012'
const GROUP_ARN = `${ARN}:thinggroup/${GROUP}`
const METRICS = ['messages-sent', 'authorization-failures', 'connection-attempts', 'disconnects']
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$/
const DENY_ALL =
  '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "iot:*", "Resource": "*"}]}'

/** The guide's behaviors: one for each metric. */
function behaviors(confidenceLevel: string, suppressAlerts: boolean): string {
  return JSON.stringify(
    METRICS.map((name) => ({
      name: `num-${name}-ml-behavior`,
      metric: `aws:num-${name}`,
      criteria: { mlDetectionConfig: { confidenceLevel } },
      suppressAlerts,
    })),
  )
}

const SIGNED_OUT = { id: 'AKIANOBODY', secret: 'not-the-secret' }
const text = (pattern: RegExp): string => expect.stringMatching(pattern) as string
const dated = { creationDate: text(ISO), lastModifiedDate: text(ISO) }

describe.skipIf(typeof cli === 'string')("the guide's walk", { timeout: 1_800_000 }, () => {
  let program: Program
  let folder: string
  let service: ChildProcessWithoutNullStreams
  let endpoint: string
  let aws: AwsIot

  beforeAll(async () => {
    program = new Program()
    folder = mkdtempSync(join(tmpdir(), 'fleet-detect-guide-'))
    writeFileSync(join(folder, 'datapoints.ndjson'), '')
    service = program.start([
      'serve',
      '--data',
      join(folder, 'data'),
      '--port',
      '0',
      '--lateness',
      '0s',
      '--file',
      join(folder, 'datapoints.ndjson'),
      '--format',
      'ndjson',
      '--region',
      'eu-west-1',
      '--account',
      '123456789012',
      '--workers',
      '1',
    ])
    const keys: Record<string, string> = {}
    const shown = createInterface(service.stdout)
    shown.on('line', (line) => {
      const [name, value] = line.split(/=(.*)/)
      keys[name!] = value!
    })
    let said = ''
    for await (const line of createInterface(service.stderr)) {
      said += `${line}\n`
      endpoint ??= /listening on (\S+)/.exec(line)?.[1] as string
      if (line.includes('ready')) break
    }
    expect(endpoint, said).toMatch(/^http:/)
    while (keys.AWS_SECRET_ACCESS_KEY === undefined) await once(shown, 'line')
    const [id, secret] = [keys.AWS_ACCESS_KEY_ID!, keys.AWS_SECRET_ACCESS_KEY]
    aws = new AwsIot(cli as AwsCli, endpoint, folder, { id, secret })
  }, 600_000)

  afterAll(async () => {
    service?.stderr.resume()
    if (service?.kill('SIGTERM')) await once(service, 'close')
    program?.remove()
    rmSync(folder, { recursive: true, force: true })
    expect(service.exitCode).toBe(0)
  }, 600_000)

  test('a group, a thing, and the thing in the group', async () => {
    const group = await aws.json('create-thing-group', '--thing-group-name', GROUP)
    expect(group).toEqual({
      thingGroupName: GROUP,
      thingGroupArn: GROUP_ARN,
      thingGroupId: text(/^[0-9a-f-]{36}$/),
    })
    const thing = await aws.json('create-thing', '--thing-name', 'lightbulb-1')
    expect(thing).toEqual({
      thingName: 'lightbulb-1',
      thingArn: `${ARN}:thing/lightbulb-1`,
      thingId: text(/^[0-9a-f-]{36}$/),
    })
    const both = ['--thing-group-name', GROUP, '--thing-name', 'lightbulb-1']
    await aws.silently('add-thing-to-thing-group', ...both)
    expect(await aws.json('list-things-in-thing-group', '--thing-group-name', GROUP)).toEqual({
      things: ['lightbulb-1'],
    })
  })

  test('a security profile, attached to the group', async () => {
    const name = ['--security-profile-name', PROFILE]
    expect(
      await aws.json('create-security-profile', ...name, '--behaviors', behaviors('MEDIUM', true)),
    ).toEqual({
      securityProfileName: PROFILE,
      securityProfileArn: `${ARN}:securityprofile/${PROFILE}`,
    })
    await aws.silently(
      'attach-security-profile',
      ...name,
      '--security-profile-target-arn',
      GROUP_ARN,
    )
    expect(await aws.json('list-targets-for-security-profile', ...name)).toEqual({
      securityProfileTargets: [{ arn: GROUP_ARN }],
    })
    expect(await aws.json('list-security-profiles')).toEqual({
      securityProfileIdentifiers: [{ name: PROFILE, arn: `${ARN}:securityprofile/${PROFILE}` }],
    })
    expect(await aws.json('describe-security-profile', ...name)).toMatchObject({
      securityProfileName: PROFILE,
      behaviors: JSON.parse(behaviors('MEDIUM', true)) as object[],
      version: 1,
      ...dated,
    })
    const { summaries } = await aws.json('get-behavior-model-training-summaries', ...name)
    expect(summaries).toHaveLength(4)
    expect(summaries).toContainEqual({
      securityProfileName: PROFILE,
      behaviorName: 'num-messages-sent-ml-behavior',
      modelStatus: 'PENDING_BUILD',
      datapointsCollectionPercentage: 0,
    })
  })

  test('other behaviors for it, expecting its version', async () => {
    const update = ['update-security-profile', '--security-profile-name', PROFILE]
    const changed = await aws.json(...update, '--behaviors', behaviors('HIGH', false))
    expect(changed).toMatchObject({
      behaviors: JSON.parse(behaviors('HIGH', false)) as object[],
      version: 2,
      ...dated,
    })
    expect(await aws.refused(...update, '--behaviors', '[]', '--expected-version', '1')).toMatch(
      /\(VersionConflictException\) when calling the UpdateSecurityProfile operation/,
    )
  })

  let violationId = ''

  test('an alarm, its events and values, and what became of it', async () => {
    const criteria = {
      comparisonOperator: 'less-than',
      value: { count: 100 },
      durationSeconds: 300,
    }
    const quiet = { name: 'quiet', metric: 'aws:num-messages-sent', criteria }
    const name = ['--security-profile-name', 'p:1_a-b']
    await aws.json(
      'create-security-profile',
      ...name,
      '--behaviors',
      JSON.stringify([quiet]),
      '--security-profile-description',
      'd e',
      '--tags',
      'Key=team,Value=lights',
    )
    const target = ['--security-profile-target-arn', `${ARN}:all/registered-things`]
    await aws.silently('attach-security-profile', ...name, ...target)

    const began = Math.floor(Date.now() / 300_000) * 300_000 - 3_600_000
    const rows = [250, 1, 1].map((value, i) => ({
      thing: 'lightbulb-1',
      metric: 'aws:num-messages-sent',
      timestamp: began + i * 300_000,
      value,
    }))
    const lines = rows.map((row) => `${JSON.stringify(row)}\n`)
    appendFileSync(join(folder, 'datapoints.ndjson'), lines.join(''))
    const range = [
      '--start-time',
      new Date(began - 60_000).toISOString(),
      '--end-time',
      new Date(began + 3_000_000).toISOString(),
    ]
    let events: Record<string, unknown>[] = []
    while (events.length < 2) {
      const { violationEvents } = await aws.json('list-violation-events', ...range)
      events = violationEvents as Record<string, unknown>[]
    }
    const common = {
      thingName: 'lightbulb-1',
      securityProfileName: 'p:1_a-b',
      behavior: expect.objectContaining(quiet) as object,
      verificationState: 'UNKNOWN',
      violationEventTime: text(ISO),
    }
    expect(events).toEqual([
      expect.objectContaining({ ...common, violationEventType: 'alarm-cleared' }),
      expect.objectContaining({
        ...common,
        violationEventType: 'in-alarm',
        metricValue: { count: 250 },
      }),
    ])
    violationId = String(events[1]!.violationId)
    expect(violationId).toMatch(/^[0-9a-f]{32}$/)

    expect(await aws.json('list-active-violations', '--max-results', '2')).toEqual({
      activeViolations: [],
    })
    const filtered = await aws.json(
      'list-violation-events',
      ...range,
      '--thing-name',
      'lightbulb-1',
      '--security-profile-name',
      'p:1_a-b',
      '--behavior-criteria-type',
      'STATIC',
      '--no-list-suppressed-alerts',
      '--verification-state',
      'UNKNOWN',
      '--max-items',
      '1',
    )
    expect(filtered).toMatchObject({
      violationEvents: [{ violationEventType: 'alarm-cleared' }],
      NextToken: expect.any(String) as string,
    })
    const others = ['--thing-name', 'lamp 1/é', '--behavior-criteria-type', 'MACHINE_LEARNING']
    expect(await aws.json('list-violation-events', ...range, ...others)).toEqual({
      violationEvents: [],
    })
    const values = await aws.json(
      'list-metric-values',
      '--thing-name',
      'lightbulb-1',
      ...range,
      '--metric-name',
      'aws:num-messages-sent',
    )
    expect((values.metricDatumList as { value: object }[])[0]).toEqual({
      timestamp: text(ISO),
      value: { count: 250 },
    })

    await aws.silently(
      'put-verification-state-on-violation',
      '--violation-id',
      violationId,
      '--verification-state',
      'FALSE_POSITIVE',
      '--verification-state-description',
      'This is dummy description',
    )
    const verified = ['--verification-state', 'FALSE_POSITIVE', '--page-size', '1']
    const { violationEvents } = await aws.json('list-violation-events', ...range, ...verified)
    expect(violationEvents).toHaveLength(2)
    expect(violationEvents).toContainEqual(
      expect.objectContaining({
        verificationState: 'FALSE_POSITIVE',
        verificationStateDescription: 'This is dummy description',
      }),
    )
  })

  test('a quarantine group with a policy, an action, and a task that performs it', async () => {
    const quarantine = `${ARN}:thinggroup/Quarantine_group`
    await aws.json('create-thing-group', '--thing-group-name', 'Quarantine_group')
    const policy = ['--policy-name', 'QuarantineDenyAll']
    expect(await aws.json('create-policy', ...policy, '--policy-document', DENY_ALL)).toEqual({
      policyName: 'QuarantineDenyAll',
      policyArn: `${ARN}:policy/QuarantineDenyAll`,
      policyDocument: DENY_ALL,
      policyVersionId: '1',
    })
    await aws.silently('attach-policy', ...policy, '--target', quarantine)
    expect(await aws.json('list-attached-policies', '--target', quarantine, '--recursive')).toEqual(
      {
        policies: [
          { policyName: 'QuarantineDenyAll', policyArn: `${ARN}:policy/QuarantineDenyAll` },
        ],
      },
    )
    expect(await aws.json('get-policy', ...policy)).toMatchObject({ policyDocument: DENY_ALL })

    const action = ['--action-name', 'detect_mitigation_action']
    const role = 'arn:aws:iam::123456789012:role/MitigationActionValidRole'
    const actionParams = {
      addThingsToThingGroupParams: {
        thingGroupNames: ['Quarantine_group'],
        overrideDynamicGroups: false,
      },
    }
    const params = ['--action-params', JSON.stringify(actionParams)]
    expect(
      await aws.json('create-mitigation-action', ...action, '--role-arn', role, ...params),
    ).toEqual({
      actionArn: `${ARN}:mitigationaction/detect_mitigation_action`,
      actionId: text(/^[0-9a-f-]{36}$/),
    })
    expect(await aws.json('describe-mitigation-action', ...action)).toMatchObject({
      actionName: 'detect_mitigation_action',
      actionType: 'ADD_THINGS_TO_THING_GROUP',
      roleArn: role,
      actionParams,
      ...dated,
    })
    const type = ['--action-type', 'ADD_THINGS_TO_THING_GROUP']
    expect(await aws.json('list-mitigation-actions', ...type)).toEqual({
      actionIdentifiers: [
        {
          actionName: 'detect_mitigation_action',
          actionArn: `${ARN}:mitigationaction/detect_mitigation_action`,
          creationDate: text(ISO),
        },
      ],
    })
    const changed = ['update-mitigation-action', ...action, '--role-arn', `${role}2`]
    expect(await aws.json(...changed)).toMatchObject({ actionId: text(/^[0-9a-f-]{36}$/) })

    const task = ['--task-id', 'taskIdForMitigationAction']
    expect(
      await aws.json(
        'start-detect-mitigation-actions-task',
        ...task,
        '--target',
        JSON.stringify({ violationIds: [violationId] }),
        '--actions',
        'detect_mitigation_action',
        '--include-suppressed-alerts',
      ),
    ).toEqual({ taskId: 'taskIdForMitigationAction' })
    let summary: Record<string, unknown> = {}
    while (summary.taskStatus !== 'SUCCESSFUL') {
      const described = await aws.json('describe-detect-mitigation-actions-task', ...task)
      summary = described.taskSummary as Record<string, unknown>
      expect(['IN_PROGRESS', 'SUCCESSFUL']).toContain(summary.taskStatus)
    }
    expect(summary).toMatchObject({
      taskId: 'taskIdForMitigationAction',
      taskStartTime: text(ISO),
      taskEndTime: text(ISO),
      target: { violationIds: [violationId] },
      onlyActiveViolationsIncluded: false,
      suppressedAlertsIncluded: true,
      actionsDefinition: [{ name: 'detect_mitigation_action', actionParams }],
      taskStatistics: { actionsExecuted: 1, actionsSkipped: 0, actionsFailed: 0 },
    })
    const executions = [
      'list-detect-mitigation-actions-executions',
      ...task,
      '--max-items',
      '5',
      '--page-size',
      '4',
    ]
    expect(await aws.json(...executions)).toEqual({
      actionsExecutions: [
        {
          taskId: 'taskIdForMitigationAction',
          violationId,
          actionName: 'detect_mitigation_action',
          thingName: 'lightbulb-1',
          executionStartDate: text(ISO),
          executionEndDate: text(ISO),
          status: 'SUCCESSFUL',
        },
      ],
    })
    const of = ['--thing-group-name', 'Quarantine_group']
    expect(await aws.json('list-things-in-thing-group', ...of)).toEqual({
      things: ['lightbulb-1'],
    })
    const hour = [
      '--start-time',
      new Date(Date.now() - 3_600_000).toISOString(),
      '--end-time',
      new Date(Date.now() + 60_000).toISOString(),
    ]
    const listed = ['list-detect-mitigation-actions-tasks', ...hour, '--page-size', '4']
    expect(await aws.json(...listed)).toMatchObject({
      tasks: [{ taskId: 'taskIdForMitigationAction', taskStatus: 'SUCCESSFUL' }],
    })
    expect(await aws.refused('cancel-detect-mitigation-actions-task', ...task)).toMatch(
      /\(InvalidRequestException\) when calling the CancelDetectMitigationActionsTask operation/,
    )
    await aws.silently('detach-policy', ...policy, '--target', quarantine)
    await aws.silently('delete-policy', ...policy)
  })

  test('what the commands of security profiles can be asked for besides', async () => {
    const metric = ['--metric-name', 'batteryPercentage']
    const made = ['create-custom-metric', ...metric, '--metric-type', 'number']
    const display = ['--display-name', 'Remaining battery percentage.']
    expect(await aws.json(...made, ...display)).toEqual({
      metricName: 'batteryPercentage',
      metricArn: `${ARN}:custommetric/batteryPercentage`,
    })
    expect(await aws.json('update-custom-metric', ...metric, '--display-name', 'x')).toMatchObject({
      displayName: 'x',
      metricType: 'number',
      ...dated,
    })
    expect(await aws.json('list-custom-metrics')).toEqual({ metricNames: ['batteryPercentage'] })
    const dimension = ['--name', 'TopicFilterForAuthMessages']
    const filters = ['--type', 'TOPIC_FILTER', '--string-values', 'device/+/auth']
    expect(await aws.json('create-dimension', ...dimension, ...filters)).toEqual({
      name: 'TopicFilterForAuthMessages',
      arn: `${ARN}:dimension/TopicFilterForAuthMessages`,
    })
    const client = ['--string-values', 'device/${iot:ClientId}/auth']
    expect(await aws.json('update-dimension', ...dimension, ...client)).toMatchObject({
      stringValues: ['device/${iot:ClientId}/auth'],
    })

    const percentile = {
      name: 'b',
      metric: 'aws:num-messages-sent',
      criteria: {
        comparisonOperator: 'less-than-equals',
        statisticalThreshold: { statistic: 'p99' },
        durationSeconds: 300,
      },
    }
    const role = 'arn:aws:iam::123456789012:role/r12345'
    const topic = 'arn:aws:sns:eu-west-1:123456789012:t'
    const retained = {
      metric: 'aws:num-messages-sent',
      metricDimension: { dimensionName: 'TopicFilterForAuthMessages', operator: 'NOT_IN' },
    }
    const update = ['update-security-profile', '--security-profile-name', 'p:1_a-b']
    const whole = await aws.json(
      ...update,
      '--expected-version',
      '1',
      '--behaviors',
      JSON.stringify([percentile]),
      '--alert-targets',
      JSON.stringify({ SNS: { alertTargetArn: topic, roleArn: role } }),
      '--additional-metrics-to-retain',
      'aws:num-disconnects',
      '--additional-metrics-to-retain-v2',
      JSON.stringify([retained]),
    )
    expect(whole).toMatchObject({
      securityProfileDescription: 'd e',
      behaviors: [percentile],
      alertTargets: { SNS: { alertTargetArn: topic, roleArn: role } },
      additionalMetricsToRetain: ['aws:num-disconnects'],
      additionalMetricsToRetainV2: [retained],
      version: 2,
    })
    const by = ['--dimension-name', 'TopicFilterForAuthMessages', '--max-results', '250']
    expect(await aws.json('list-security-profiles', ...by)).toMatchObject({
      securityProfileIdentifiers: [{ name: 'p:1_a-b' }],
    })
    expect(await aws.json('list-security-profiles', ...metric, '--max-results', '3')).toEqual({
      securityProfileIdentifiers: [],
    })
    const registered = ['--security-profile-target-arn', `${ARN}:all/registered-things`]
    expect(
      await aws.json('list-security-profiles-for-target', ...registered, '--recursive'),
    ).toMatchObject({
      securityProfileTargetMappings: [
        { securityProfileIdentifier: { name: 'p:1_a-b' }, target: { arn: registered[1] } },
      ],
    })
    const addresses = {
      name: 'b',
      metric: 'aws:source-ip-address',
      criteria: { comparisonOperator: 'in-cidr-set', value: { cidrs: ['10.0.0.0/8'] } },
    }
    const validate = ['validate-security-profile-behaviors', '--behaviors']
    expect(await aws.json(...validate, JSON.stringify([addresses]))).toEqual({
      valid: true,
      validationErrors: [],
    })
    const tooMany = { ...addresses.criteria, consecutiveDatapointsToAlarm: 100 }
    const refused = await aws.run([
      ...validate,
      JSON.stringify([{ ...addresses, criteria: tooMany }]),
    ])
    expect(refused.stdout).toContain('Behavior b is malformed')

    const empty = ['--delete-behaviors', '--delete-alert-targets']
    const emptied = await aws.json(...update, ...empty, '--delete-additional-metrics-to-retain')
    expect(emptied).toMatchObject({ behaviors: [], version: 3 })
    expect(emptied.alertTargets).toBeUndefined()
    await aws.silently('delete-custom-metric', ...metric)
    await aws.silently('delete-dimension', ...dimension)
  })

  test('what the commands of things and groups can be asked for besides', async () => {
    const properties = {
      thingGroupDescription: 'x',
      attributePayload: { attributes: { a: 'b' } },
    }
    await aws.json(
      'create-thing-group',
      '--thing-group-name',
      'child',
      '--parent-group-name',
      GROUP,
      '--thing-group-properties',
      JSON.stringify(properties),
      '--tags',
      'Key=a,Value=b',
    )
    const child = ['--thing-group-name', 'child']
    const described = ['thingGroupDescription=y']
    expect(
      await aws.json(
        'update-thing-group',
        ...child,
        '--expected-version',
        '1',
        '--thing-group-properties',
        ...described,
      ),
    ).toEqual({ version: 2 })
    expect(await aws.json('describe-thing-group', ...child)).toMatchObject({
      version: 2,
      thingGroupProperties: {
        thingGroupDescription: 'y',
        attributePayload: { attributes: { a: 'b' } },
      },
      thingGroupMetadata: {
        parentGroupName: GROUP,
        rootToParentThingGroups: [{ groupName: GROUP, groupArn: GROUP_ARN }],
        creationDate: text(ISO),
      },
    })
    const below = ['--parent-group', GROUP, '--name-prefix-filter', 'ch', '--recursive']
    expect(await aws.json('list-thing-groups', ...below)).toEqual({
      thingGroups: [{ groupName: 'child', groupArn: `${ARN}:thinggroup/child` }],
    })
    await aws.json('create-thing', '--thing-name', 't1')
    const t1 = ['--thing-name', 't1']
    const payload = ['--attribute-payload', '{"attributes": {"k": "v"}, "merge": true}']
    await aws.silently('update-thing', ...t1, ...payload, '--expected-version', '1')
    const having = ['--attribute-name', 'k', '--attribute-value', 'v']
    expect(await aws.json('list-things', ...having)).toEqual({
      things: [
        { thingName: 't1', thingArn: `${ARN}:thing/t1`, attributes: { k: 'v' }, version: 2 },
      ],
    })
    await aws.silently(
      'add-thing-to-thing-group',
      '--thing-group-arn',
      `${ARN}:thinggroup/child`,
      '--thing-arn',
      `${ARN}:thing/t1`,
      '--override-dynamic-groups',
    )
    expect(
      await aws.json('list-things-in-thing-group', '--thing-group-name', GROUP, '--recursive'),
    ).toEqual({ things: ['lightbulb-1', 't1'] })
    const moved = ['--thing-groups-to-add', 'Quarantine_group', '--thing-groups-to-remove', 'child']
    await aws.silently('update-thing-groups-for-thing', ...t1, ...moved)
    expect(await aws.json('list-thing-groups-for-thing', ...t1)).toMatchObject({
      thingGroups: [{ groupName: 'Quarantine_group' }],
    })
    const resource = ['--resource-arn', `${ARN}:securityprofile/p:1_a-b`]
    await aws.silently('tag-resource', ...resource, '--tags', 'Key=a,Value=b')
    await aws.silently('untag-resource', ...resource, '--tag-keys', 'team', 'none')
    expect(await aws.json('list-tags-for-resource', ...resource)).toEqual({
      tags: [{ Key: 'a', Value: 'b' }],
    })
    expect(await aws.json('describe-endpoint', '--endpoint-type', 'iot:Data-ATS')).toEqual({
      endpointAddress: new URL(endpoint).host,
    })
    expect(await aws.refused('delete-thing', ...t1, '--expected-version', '1')).toMatch(
      /\(VersionConflictException\)/,
    )
  })

  test('a stranger is refused', async () => {
    const stranger = new AwsIot(cli as AwsCli, endpoint, folder, SIGNED_OUT)
    expect(await stranger.refused('list-things')).toMatch(/An error occurred \(\w+\) when calling/)
  })

  test('pausing, and clearing up', async () => {
    const name = ['--security-profile-name', PROFILE]
    const detached = ['--security-profile-target-arn', GROUP_ARN]
    await aws.silently('detach-security-profile', ...name, ...detached)
    expect(await aws.json('list-targets-for-security-profile', ...name)).toEqual({
      securityProfileTargets: [],
    })
    await aws.silently('delete-security-profile', ...name)
    await aws.silently('delete-security-profile', '--security-profile-name', 'p:1_a-b')
    await aws.silently('delete-mitigation-action', '--action-name', 'detect_mitigation_action')
    const both = ['--thing-group-name', GROUP, '--thing-name', 'lightbulb-1']
    await aws.silently('remove-thing-from-thing-group', ...both)
    await aws.silently('delete-thing', '--thing-name', 'lightbulb-1')
    await aws.silently('delete-thing-group', '--thing-group-name', 'Quarantine_group')
    expect(await aws.refused('describe-thing', '--thing-name', 'lightbulb-1')).toMatch(
      /\(ResourceNotFoundException\) when calling the DescribeThing operation/,
    )
    expect(await aws.json('list-security-profiles')).toEqual({ securityProfileIdentifiers: [] })
  })
})
