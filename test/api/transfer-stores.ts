import fc from 'fast-check'
import { applyAttributes } from '../../src/domain/attributes.ts'
import { attachPolicy, insertPolicy } from '../../src/store/policies.ts'
import { insertCustomMetric } from '../../src/store/custom-metrics.ts'
import type { Database } from '../../src/store/database.ts'
import { insertDimension } from '../../src/store/dimensions.ts'
import { addMember } from '../../src/store/group-members.ts'
import { insertRule } from '../../src/store/mitigation-rules.ts'
import { openMemoryStore, type Store } from '../../src/store/store.ts'
import { putTags } from '../../src/store/tags.ts'
import { insertGroup } from '../../src/store/thing-groups.ts'
import { insertThing } from '../../src/store/things.ts'
import type { Resource } from '../../src/domain/arn.ts'

/** Names of all that AWS allows, some of them alike but for their case. */
const name = fc.oneof(
  fc.constantFrom('a', 'A', 'a:b', '__proto__', 'toString', '0'),
  fc.string({
    minLength: 1,
    maxLength: 12,
    unit: fc.constantFrom(...'abzABZ019:_-'.split('')),
  }),
)
const names = (maxLength: number): fc.Arbitrary<string[]> => fc.uniqueArray(name, { maxLength })
const text = fc.string({ maxLength: 12, unit: fc.constantFrom(...'aZ09 .,;"\\äß'.split('')) })
const attributes = fc
  .dictionary(
    fc.constantFrom('room', 'floor', '__proto__', 'a/b'),
    fc.constantFrom('1', 'x-y', '[z]'),
  )
  .map((given) => applyAttributes({}, { attributes: given, merge: false }))
const time = fc.integer({ min: 0, max: 4_000_000_000_000 })
const version = fc.integer({ min: 1, max: 1000 })
const uuid = fc.uuid()
const tags = fc.uniqueArray(
  fc.record({ key: fc.constantFrom('team', 'ä ö', 'x:y'), value: text }),
  {
    selector: ({ key }) => key,
    maxLength: 3,
  },
)

const behavior = fc.constantFrom<object[]>(
  { metric: 'aws:num-disconnects', criteria: { mlDetectionConfig: { confidenceLevel: 'LOW' } } },
  {
    metric: 'aws:num-messages-sent',
    criteria: { comparisonOperator: 'less-than', value: { count: 0 }, durationSeconds: 300 },
    suppressAlerts: true,
  },
  {
    metric: 'aws:source-ip-address',
    criteria: { comparisonOperator: 'in-cidr-set', value: { cidrs: ['10.0.0.0/8'] } },
    exportMetric: false,
  },
)

const arbitrary = fc.record({
  groups: names(6),
  /** The parent of the i-th group: one before it, or none. */
  above: fc.array(fc.option(fc.nat(5)), { minLength: 6, maxLength: 6 }),
  things: names(8),
  memberships: fc.array(fc.tuple(fc.nat(7), fc.nat(5)), { maxLength: 16 }),
  profiles: names(4),
  behaviors: fc.array(behavior, { maxLength: 3 }),
  attachments: fc.array(fc.tuple(fc.nat(3), fc.nat(8)), { maxLength: 8 }),
  dimensions: names(3),
  metrics: names(3),
  actions: fc.uniqueArray(fc.constantFrom('a', 'B', 'quarantine_it'), { maxLength: 3 }),
  policies: fc.uniqueArray(fc.constantFrom('p', 'P', 'a=b,@.c'), { maxLength: 3 }),
  policyTargets: fc.array(fc.tuple(fc.nat(2), fc.nat(6)), { maxLength: 4 }),
  description: fc.option(text),
  attributes,
  typeName: fc.option(name),
  billingGroup: fc.option(name),
  metricType: fc.constantFrom('number', 'number-list', 'string-list', 'ip-address-list'),
  action: fc.constantFrom<[string, object]>(
    [
      'ADD_THINGS_TO_THING_GROUP',
      { addThingsToThingGroupParams: { thingGroupNames: ['q'], overrideDynamicGroups: false } },
    ],
    ['UPDATE_DEVICE_CERTIFICATE', { updateDeviceCertificateParams: { action: 'DEACTIVATE' } }],
    ['PUBLISH_FINDING_TO_SNS', { publishFindingToSnsParams: { topicArn: 'arn:aws:sns:a:1:t' } }],
  ),
  /** Of profiles, behaviors and actions that are there, and of some that are not any more. */
  rules: fc.uniqueArray(
    fc.record({
      id: fc.uuid(),
      profile: name,
      behavior: fc.option(name),
      confidence: fc.constantFrom(null, 'LOW' as const, 'MEDIUM' as const, 'HIGH' as const),
      action: fc.constantFrom('a', 'B', 'quarantine_it'),
      mostPerHour: fc.integer({ min: 1, max: 1_000_000 }),
      created: time,
    }),
    { selector: ({ id }) => id, maxLength: 4 },
  ),
  tags,
  version,
  uuid,
  created: time,
  modified: time,
})

/** Stores of all shapes, in memory; to be closed by who asks for them. */
export const stores: fc.Arbitrary<() => Store> = arbitrary.map((parts) => () => {
  const store = openMemoryStore()
  const { database } = store
  const { version, uuid: id, created, modified, description, attributes } = parts
  const tag = (kind: Resource['kind'], of: string) =>
    putTags(database, { kind, name: of }, parts.tags)
  for (const of of parts.dimensions) {
    const stringValues = ['device/+/auth', `${of}/#`]
    insertDimension(database, {
      name: of,
      type: 'TOPIC_FILTER',
      stringValues,
      token: null,
      created,
      modified,
    })
    tag('dimension', of)
  }
  for (const of of parts.metrics) {
    insertCustomMetric(database, {
      name: of,
      type: parts.metricType,
      displayName: description,
      token: null,
      created,
      modified,
    })
    tag('custommetric', of)
  }
  for (const [i, of] of parts.groups.entries()) {
    const parent = i === 0 ? undefined : parts.groups[(parts.above[i] ?? i) % (i + 1)]
    insertGroup(database, {
      name: of,
      id,
      version,
      parent: parent === undefined || parent === of ? null : parent,
      description,
      attributes,
      created,
    })
    tag('thinggroup', of)
  }
  for (const of of parts.things) {
    const { typeName, billingGroup } = parts
    insertThing(database, {
      name: of,
      id,
      version,
      typeName,
      billingGroup,
      attributes,
      created,
    })
  }
  for (const [thing, group] of parts.memberships) {
    const [t, g] = [parts.things[thing], parts.groups[group]]
    if (t !== undefined && g !== undefined) addMember(database, g, t, created)
  }
  for (const of of parts.profiles) insertProfileRow(database, of, parts)
  for (const of of parts.profiles) tag('securityprofile', of)
  const targets = [
    'all/things',
    'all/registered-things',
    'all/unregistered-things',
    ...parts.groups.map((of) => `thinggroup/${of}`),
  ]
  for (const [profile, target] of parts.attachments) {
    const [p, t] = [parts.profiles[profile], targets[target]]
    if (p === undefined || t === undefined) continue
    database.prepare('INSERT OR IGNORE INTO profile_targets VALUES (?, ?, ?)').run(p, t, created)
  }
  for (const of of parts.actions) {
    const [type, params] = parts.action
    database
      .prepare('INSERT INTO mitigation_actions VALUES (?, ?, ?, ?, ?, ?, ?)')
      .run(
        of,
        id,
        type,
        'arn:aws:iam::123456789012:role/r',
        JSON.stringify(params),
        created,
        modified,
      )
    tag('mitigationaction', of)
  }
  for (const rule of parts.rules) insertRule(database, rule)
  for (const of of parts.policies) {
    const document = `{"Statement": [{"Effect": "Deny"}], "Id": ${JSON.stringify(description)}}`
    insertPolicy(database, {
      name: of,
      document,
      versionId: '1',
      generation: id,
      created,
      modified,
    })
    tag('policy', of)
  }
  const principals = ['arn:aws:iot:eu-west-1:123456789012:cert/0123', ...targets.slice(3)]
  for (const [policy, target] of parts.policyTargets) {
    const [p, t] = [parts.policies[policy], principals[target]]
    if (p === undefined || t === undefined) continue
    const count = database.prepare<{ n: number }>(
      'SELECT count(*) AS n FROM policy_targets WHERE target = ?',
    )
    if (count.get(t)!.n < 2) attachPolicy(database, p, t)
  }
  return store
})

function insertProfileRow(
  database: Database,
  of: string,
  {
    behaviors,
    description,
    version,
    created,
    modified,
  }: {
    behaviors: readonly object[]
    description: string | null
    version: number
    created: number
    modified: number
  },
): void {
  const named = behaviors.map((each, i) => ({ name: `b${i}`, ...each }))
  const sns = {
    alertTargetArn: 'arn:aws:sns:eu-west-1:123456789012:t',
    roleArn: 'arn:aws:iam::123456789012:role/r',
  }
  const alertTargets = behaviors.length > 1 ? { SNS: sns } : {}
  const retained = behaviors.length > 2 ? ['aws:num-disconnects'] : []
  const retainedV2 = behaviors.length > 0 ? [{ metric: 'aws:num-messages-sent' }] : []
  const exported = behaviors.length === 1 ? { mqttTopic: 'a/b', roleArn: sns.roleArn } : null
  database
    .prepare('INSERT INTO security_profiles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
    .run(
      of,
      version,
      description,
      JSON.stringify(named),
      JSON.stringify(alertTargets),
      JSON.stringify(retained),
      JSON.stringify(retainedV2),
      exported === null ? null : JSON.stringify(exported),
      created,
      modified,
    )
}

/** All that an export is to bring back, table by table. */
export function dump(database: Database): Record<string, unknown[]> {
  const tables: Record<string, string> = {
    things: 'name, id, version, type_name, billing_group, attributes_json',
    thing_attributes: '*',
    thing_groups: '*',
    group_members: 'group_name, thing_name',
    tags: '*',
    policies: '*',
    policy_targets: '*',
    security_profiles: '*',
    profile_targets: 'profile, target',
    custom_metrics: 'name, type, display_name, created, modified',
    dimensions: 'name, type, string_values_json, created, modified',
    mitigation_actions: '*',
    mitigation_rules: '*',
  }
  return Object.fromEntries(
    Object.entries(tables).map(([table, columns]) => [
      table,
      database.prepare(`SELECT ${columns} FROM ${table} ORDER BY 1, 2`).all(),
    ]),
  )
}
