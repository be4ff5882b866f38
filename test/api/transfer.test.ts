import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Documents, readDocuments } from '../../src/api/transfer/documents.ts'
import { exportFiles } from '../../src/api/transfer/export.ts'
import { importDocuments } from '../../src/api/transfer/import.ts'
import type { Tally } from '../../src/api/transfer/import-run.ts'
import { formatProblem, type Problems } from '../../src/domain/problem.ts'
import type { Database } from '../../src/store/database.ts'
import { openMemoryStore, type Store } from '../../src/store/store.ts'
import { dump, stores } from './transfer-stores.ts'

interface File {
  path: string
  text: string
}

/** Imports files; the tally, and all problems as lines. */
function take(database: Database, files: Iterable<File>): { tally: Tally; problems: string[] } {
  const documents: Documents = { documents: [], rules: [], thingsFiles: [], targets: [] }
  const collected: Problems[] = []
  for (const { path, text } of files) collected.push(...readDocuments(text, path, documents))
  let ids = 0
  const parts = { database, now: 1_800_000_000_000, uuid: () => `made-${++ids}` }
  const tally = importDocuments(documents, parts)
  return { tally, problems: collected.flatMap(({ list }) => list).map(formatProblem) }
}

let store: Store
beforeEach(() => {
  store = openMemoryStore()
})
afterEach(() => store.close())

/** Imports one file of these documents. */
const bring = (...documents: unknown[]) =>
  take(store.database, [
    { path: 'f.json', text: documents.map((d) => JSON.stringify(d)).join('\n') },
  ])
const tallied = (tally: Tally): Record<string, number[]> =>
  Object.fromEntries([...tally].map(([noun, counts]) => [noun, Object.values(counts)]))

describe('an export', () => {
  test('brought back is the same again, and nothing new a second time', () => {
    fc.assert(
      fc.property(stores, (make) => {
        const original = make()
        const copy = openMemoryStore()
        const files = [...exportFiles(original.database)]
        const paths = files.map(({ path }) => path.toLowerCase())
        expect(new Set(paths).size).toBe(paths.length)
        for (const path of paths) expect(path).toMatch(/^[a-z0-9_%./-]+$/)

        const errors = (problems: string[]) => problems.filter((line) => !line.includes('warning:'))
        expect(errors(take(copy.database, files).problems)).toEqual([])
        expect(dump(copy.database)).toEqual(dump(original.database))
        expect([...exportFiles(copy.database)]).toEqual(files)

        const again = take(copy.database, files)
        expect(errors(again.problems)).toEqual([])
        for (const counts of again.tally.values()) {
          expect(counts).toMatchObject({ created: 0, updated: 0 })
        }
        expect(dump(copy.database)).toEqual(dump(original.database))
        original.close()
        copy.close()
      }),
      { numRuns: 40 },
    )
  })
})

const ml = {
  name: 'b',
  metric: 'aws:num-disconnects',
  criteria: { mlDetectionConfig: { confidenceLevel: 'LOW' } },
}

describe('documents are', () => {
  test('what aws iot describes, whatever the account, with dates in either form', () => {
    const arn = 'arn:aws:iot:eu-west-1:123456789012'
    const { problems, tally } = bring(
      {
        securityProfileName: 'lights',
        securityProfileArn: `${arn}:securityprofile/lights`,
        behaviors: [ml],
        version: 7,
        creationDate: '2020-09-22T13:10:45.290000+00:00',
        lastModifiedDate: 1600780245.29,
      },
      {
        thingGroupName: 'lamps',
        thingGroupId: 'id-of-lamps',
        thingGroupArn: `${arn}:thinggroup/lamps`,
        version: 2,
        thingGroupProperties: { thingGroupDescription: 'all lamps' },
        thingGroupMetadata: {
          parentGroupName: 'house',
          rootToParentThingGroups: [{ groupName: 'house', groupArn: 'x' }],
          creationDate: 1600780245.29,
        },
      },
      { thingGroupName: 'house' },
      { groups: { lamps: ['lamp-1'] }, attachments: { lights: [`${arn}:thinggroup/house`] } },
    )
    expect(problems).toEqual([])
    expect(tallied(tally)).toEqual({
      'thing group': [2, 0, 0],
      'security profile': [1, 0, 0],
      thing: [1, 0, 0],
      membership: [1, 0, 0],
      attachment: [1, 0, 0],
    })
    const { security_profiles: profiles, thing_groups: groups } = dump(store.database)
    expect(profiles).toMatchObject([
      { name: 'lights', version: 7, created: 1600780245290, modified: 1600780245290 },
    ])
    expect(groups).toMatchObject([
      { name: 'house', parent: null },
      { name: 'lamps', parent: 'house', id: 'id-of-lamps', version: 2, created: 1600780245290 },
    ])
    const { group_members: members, profile_targets: targets } = dump(store.database)
    expect(members).toEqual([{ group_name: 'lamps', thing_name: 'lamp-1' }])
    expect(targets).toEqual([{ profile: 'lights', target: 'thinggroup/house' }])
  })

  test('what aws iot creates from, and lists', () => {
    const { problems } = bring(
      [
        { metricName: 'battery', metricType: 'number', clientRequestToken: 't' },
        {
          name: 'auth',
          type: 'TOPIC_FILTER',
          stringValues: ['a/#'],
          tags: [{ Key: 'k', Value: 'v' }],
        },
      ],
      {
        things: [
          { thingName: 't1', attributes: { room: 'hall' }, version: 3 },
          { thingName: 't2' },
        ],
      },
      { policyName: 'deny', policyDocument: { Statement: [{ Effect: 'Deny' }] }, targets: [] },
      {
        actionName: 'quarantine',
        roleArn: 'arn:aws:iam::123456789012:role/r',
        actionParams: { addThingsToThingGroupParams: { thingGroupNames: ['q'] } },
      },
    )
    expect(problems).toEqual([])
    const rows = dump(store.database)
    expect(rows).toMatchObject({
      custom_metrics: [{ name: 'battery', type: 'number' }],
      dimensions: [{ name: 'auth', string_values_json: '["a/#"]' }],
      things: [{ name: 't1', version: 3, attributes_json: '{"room":"hall"}' }, { name: 't2' }],
      policies: [{ name: 'deny', document: '{"Statement":[{"Effect":"Deny"}]}' }],
      mitigation_actions: [{ name: 'quarantine', type: 'ADD_THINGS_TO_THING_GROUP' }],
      tags: [{ resource: 'dimension/auth', key: 'k', value: 'v' }],
    })
  })

  test('rules, as GET /mitigation-rules answers them or as written by hand', () => {
    const action = {
      actionName: 'q',
      roleArn: 'arn:aws:iam::123456789012:role/r',
      actionParams: { addThingsToThingGroupParams: { thingGroupNames: ['q'] } },
    }
    const rule = { securityProfileName: 'p', actionName: 'q' }
    const mitigationRules = [
      { ruleId: 'r1', ...rule, mostThingsPerHour: 20, creationDate: '2020-09-22T13:10:45.290Z' },
      { ruleId: 'r2', ...rule, behaviorName: 'b', confidenceLevel: 'HIGH', mostThingsPerHour: 100 },
    ]
    const first = bring({ mitigationRules }, action, rule)
    expect(first.problems).toEqual([])
    expect(tallied(first.tally)['mitigation rule']).toEqual([3, 0, 0])
    const kept = { profile: 'p', action: 'q' }
    const now = 1_800_000_000_000
    expect(dump(store.database).mitigation_rules).toMatchObject([
      { id: expect.stringMatching(/^made-/), ...kept, most_per_hour: 100, created: now },
      { id: 'r1', ...kept, behavior: null, most_per_hour: 20, created: 1600780245290 },
      { id: 'r2', ...kept, behavior: 'b', confidence: 'HIGH', created: now },
    ])

    const changed = { ...mitigationRules[0], mostThingsPerHour: 5 }
    const second = bring(changed, mitigationRules[1], rule)
    expect(tallied(second.tally)['mitigation rule']).toEqual([0, 1, 2])
    expect(dump(store.database).mitigation_rules).toMatchObject([
      {},
      { id: 'r1', most_per_hour: 5, created: 1600780245290 },
      { id: 'r2' },
    ])
  })

  test('resources of CloudFormation', () => {
    const template = {
      Resources: {
        Lights: {
          Type: 'AWS::IoT::SecurityProfile',
          Properties: {
            SecurityProfileName: 'lights',
            Behaviors: [
              {
                Name: 'b',
                Metric: 'aws:num-messages-sent',
                Criteria: {
                  ComparisonOperator: 'less-than',
                  DurationSeconds: 300,
                  Value: { Count: '10' },
                },
              },
            ],
            AlertTargets: {
              SNS: {
                AlertTargetArn: 'arn:aws:sns:eu-west-1:123456789012:t',
                RoleArn: 'arn:aws:iam::123456789012:role/r',
              },
            },
            TargetArns: ['arn:aws:iot:eu-west-1:123456789012:all/things'],
            Tags: [{ Key: 'Team', Value: 'Lights' }],
          },
        },
        battery: { Type: 'AWS::IoT::CustomMetric', Properties: { MetricType: 'number' } },
        Bucket: { Type: 'AWS::S3::Bucket' },
      },
    }
    const { problems } = bring({ TemplateBody: template })
    expect(problems).toEqual([
      'f.json: Resources.Bucket: warning: a resource of type "AWS::S3::Bucket" is not imported',
    ])
    expect(dump(store.database)).toMatchObject({
      security_profiles: [
        {
          name: 'lights',
          behaviors_json: JSON.stringify([
            {
              name: 'b',
              metric: 'aws:num-messages-sent',
              criteria: {
                comparisonOperator: 'less-than',
                value: { count: 10 },
                durationSeconds: 300,
              },
            },
          ]),
        },
      ],
      profile_targets: [{ profile: 'lights', target: 'all/things' }],
      custom_metrics: [{ name: 'battery' }],
      tags: [{ resource: 'securityprofile/lights', key: 'Team', value: 'Lights' }],
    })
  })
})

test('what is there is updated by what the file says, whole, and keeps its id', () => {
  bring(
    {
      thingGroupName: 'g',
      thingGroupId: 'old',
      thingGroupProperties: { thingGroupDescription: 'd' },
    },
    { thingName: 't', thingTypeName: 'bulb', attributes: { a: '1' } },
    { securityProfileName: 'p', securityProfileDescription: 'd', behaviors: [ml], version: 4 },
    { metricName: 'm', metricType: 'number', displayName: 'x' },
  )
  const { problems, tally } = bring(
    {
      thingGroupName: 'g',
      thingGroupId: 'new',
      thingGroupProperties: { attributePayload: { attributes: { k: 'v' } } },
    },
    { thingName: 't', attributes: { b: '2' } },
    { securityProfileName: 'p', additionalMetricsToRetain: ['aws:num-disconnects'], version: 9 },
    { metricName: 'm', metricType: 'number', displayName: 'x', tags: [{ Key: 'k', Value: 'v' }] },
  )
  expect(problems).toEqual([])
  expect(tallied(tally)).toEqual({
    'custom metric': [0, 1, 0],
    'thing group': [0, 1, 0],
    thing: [0, 1, 0],
    'security profile': [0, 1, 0],
  })
  expect(dump(store.database)).toMatchObject({
    thing_groups: [{ id: 'old', version: 2, attributes_json: '{"k":"v"}', description: '' }],
    things: [{ version: 2, type_name: null, attributes_json: '{"b":"2"}' }],
    security_profiles: [
      {
        version: 5,
        behaviors_json: '[]',
        metrics_to_retain_json: '["aws:num-disconnects"]',
        modified: 1_800_000_000_000,
      },
    ],
  })
})

describe('what is wrong is told with its place', () => {
  test.each<[string, unknown[], string[]]>([
    ['nothing known', [{ foo: 1 }], ['f.json: error: found no dimension, custom metric, ']],
    ['no object', [3], ['f.json: error: 3 should be an object']],
    [
      'a name that is none',
      [{ thingName: 'a b' }],
      ['f.json: thingName: error: "a b": Member must satisfy regular expression pattern'],
    ],
    [
      'a behavior, in the second document of a file',
      [
        { thingName: 't' },
        { securityProfileName: 'p', behaviors: [ml, { ...ml, name: 'c', metric: 'aws:none' }] },
      ],
      ['f.json (document 2): behaviors[1].metric: error: '],
    ],
    [
      'an unknown member',
      [{ thingName: 't', atributes: {} }],
      [
        'f.json: atributes: warning: unknown member "atributes" is ignored; did you mean "attributes"?',
      ],
    ],
    [
      'two of one name',
      [{ thingName: 't' }, { thingName: 't' }],
      ['f.json (document 2): thingName: error: thing t stands in f.json (document 1) too'],
    ],
    [
      'a version, an id, a date',
      [
        { thingName: 't', version: 0, thingId: 'a b' },
        { metricName: 'm', metricType: 'number', creationDate: 'soon' },
      ],
      [
        'f.json (document 1): version: error: 0 should be a whole number from 1 on',
        'f.json (document 1): thingId: error: "a b" should be an id',
        'f.json (document 2): creationDate: error: "soon" should be a time',
      ],
    ],
    [
      'a parent that is not there',
      [{ thingGroupName: 'g', parentGroupName: 'none' }],
      ['f.json: error: Thing group none does not exist'],
    ],
    [
      'a target that is not there',
      [{ securityProfileName: 'p' }, { attachments: { p: ['none'] } }],
      ['f.json (document 2): attachments.p[0]: error: Thing group none does not exist'],
    ],
    [
      'a profile that is not there',
      [{ attachments: { p: ['all/things'] } }],
      ['f.json: attachments.p[0]: error: Security profile p does not exist'],
    ],
    [
      'only the cause, not what follows from it',
      [{ securityProfileName: 'p', behaviors: [3] }, { attachments: { p: ['all/things'] } }],
      ['f.json (document 1): behaviors[0]: error: behavior 3 should be'],
    ],
    [
      'a thing in two groups of one hierarchy',
      [{ groups: { a: ['t'], b: ['t'] }, parents: { b: 'a' } }],
      ['f.json: groups.b[0]: error: Thing t is in a already, a group of the same hierarchy as b'],
    ],
    [
      'tags',
      [
        { thingGroupName: 'g', tags: [{ Key: 'aws:x' }] },
        { thingGroupName: 'h', tags: { a: 'b' } },
      ],
      [
        'f.json (document 1): tags: error: Tag key "aws:x" should not begin with aws:',
        'f.json (document 2): tags: error: tags {"a":"b"} should be [{"Key": ..., "Value": ...}]',
      ],
    ],
    [
      'rules',
      [
        { ruleId: 'r', securityProfileName: 'p' },
        { ruleId: 'r', securityProfileName: 'p', actionName: 'a' },
        { securityProfileName: 'p', actionName: 3 },
        { securityProfileName: 'p', actionName: 'a', confidenceLevel: 'high' },
        { securityProfileName: 'p', actionName: 'none', mostPerHour: 3 },
      ],
      [
        'f.json (document 1): error: actionName is missing',
        'f.json (document 2): ruleId: error: mitigation rule r stands in f.json (document 1) too',
        'f.json (document 3): error: actionName 3 should be a string',
        'f.json (document 4): error: confidenceLevel "high" should be one of ',
        'f.json (document 5): mostPerHour: warning: unknown member "mostPerHour" is ignored',
        'f.json (document 5): actionName: warning: Mitigation action none does not exist',
      ],
    ],
    [
      'a function of CloudFormation',
      [
        {
          Resources: {
            D: {
              Type: 'AWS::IoT::Dimension',
              Properties: { Name: { Ref: 'X' }, StringValues: ['a'] },
            },
          },
        },
      ],
      ['f.json: Resources.D.Properties.Name: error: the function Ref is not resolved here'],
    ],
  ])('%s', (_, documents, lines) => {
    const { problems } = bring(...documents)
    expect(problems.map((line, i) => line.slice(0, lines[i]?.length))).toEqual(lines)
  })

  test('a text that is not JSON', () => {
    const files = [
      { path: 'a.json', text: '{"thingName": "t",}' },
      { path: 'b.json', text: ' ' },
    ]
    expect(take(store.database, files).problems).toEqual([
      'a.json: error: not JSON at line 1, column 18: remove the comma before "}"',
      'b.json: error: there is nothing in it',
    ])
  })

  test('what can be given once only', () => {
    bring(
      { metricName: 'm', metricType: 'number' },
      { thingGroupName: 'a' },
      { thingGroupName: 'g', parentGroupName: 'a' },
      { policyName: 'p', policyDocument: '{"Statement":{}}' },
    )
    const { problems } = bring(
      { metricName: 'm', metricType: 'number-list' },
      { thingGroupName: 'g' },
      { policyName: 'p', policyDocument: '{"Statement":[{}]}' },
      { groups: { a: [] }, parents: { a: 'g' } },
    )
    expect(problems.filter((line) => line.includes('error:'))).toEqual([
      'f.json (document 1): metricType: error: metricType of custom metric m cannot change from "number" to "number-list"',
      'f.json (document 2): parentGroupName: error: parentGroupName of thing group g cannot change from "a" to undefined',
      'f.json (document 3): policyDocument: error: policyDocument of policy p cannot change from "{\\"Statement\\":{}}" to "{\\"Statement\\":[{}]}"',
      'f.json (document 4): parents.a: error: parent of thing group a cannot change from undefined to "g"',
    ])
  })
})
