import { readdirSync, readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SecurityProfile } from '../../src/domain/behavior.ts'
import { ML_METRICS } from '../../src/domain/metric.ts'
import { metricsOf } from '../../src/domain/metric-table.ts'
import { formatProblem } from '../../src/domain/problem.ts'
import { malformedBehavior } from '../../src/domain/read-behavior.ts'
import { checkDurations, parseSecurityProfiles } from '../../src/domain/security-profile.ts'

interface Case {
  about: string
  profile: Record<string, unknown>
  /** All of them, in any order; `says` is part of the message. */
  problems: { severity: string; path: string; says: string }[]
}

const folder = new URL('./profiles/', import.meta.url)
const files = readdirSync(folder)

function parse(value: unknown): ReturnType<typeof parseSecurityProfiles> {
  return parseSecurityProfiles(JSON.stringify(value), 'p.json')
}

function parseOne(value: unknown): SecurityProfile {
  const { profiles, problems } = parse(value)
  expect(problems.filter((problem) => problem.severity === 'error')).toEqual([])
  expect(profiles).toHaveLength(1)
  return profiles[0]!
}

function byPath(a: { path: string }, b: { path: string }): number {
  return a.path === b.path ? 0 : a.path < b.path ? -1 : 1
}

it('finds its cases', () => {
  expect(files).toHaveLength(4)
})

describe.each(files)('%s', (file) => {
  const cases = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Case[]

  it.each(cases.map((one) => [one.about, one] as const))('%s', (_, { profile, problems }) => {
    const found = parse(profile)
    expect(found.problems.map(({ severity, path }) => ({ severity, path })).sort(byPath)).toEqual(
      problems.map(({ severity, path }) => ({ severity, path })).sort(byPath),
    )
    for (const { path, severity, says } of problems) {
      const messages = found.problems
        .filter((problem) => problem.path === path && problem.severity === severity)
        .map((problem) => problem.message)
      expect(messages.join('\n')).toContain(says)
    }
    const refused = problems.some((problem) => problem.severity === 'error')
    expect(found.profiles).toHaveLength(refused ? 0 : 1)
    if (!refused) expect(found.profiles[0]!.source).toEqual(profile)
  })
})

describe('what a behavior becomes', () => {
  it('keeps the numbers of a rule, in milliseconds', () => {
    const source = {
      name: 'b',
      metric: 'aws:num-disconnects',
      criteria: {
        comparisonOperator: 'less-than',
        value: { count: 5 },
        durationSeconds: 600,
        consecutiveDatapointsToAlarm: 2,
        consecutiveDatapointsToClear: 10,
      },
      suppressAlerts: true,
    }
    const profile = parseOne({ securityProfileName: 'p', behaviors: [source] })
    expect(profile.behaviors).toEqual([
      {
        name: 'b',
        metric: 'aws:num-disconnects',
        criteria: { kind: 'static', operator: 'less-than', threshold: 5, durationMs: 600_000 },
        datapointsToAlarm: 2,
        datapointsToClear: 10,
        suppressAlerts: true,
        source,
      },
    ])
    expect(profile.behaviors[0]!.source).toBe((profile.source.behaviors as unknown[])[0])
  })

  it('has AWS defaults: one datapoint to alarm, one to clear, not suppressed', () => {
    const criteria = { mlDetectionConfig: { confidenceLevel: 'LOW' } }
    const [behavior] = parseOne({
      securityProfileName: 'p',
      behaviors: [{ name: 'b', metric: 'cpu', criteria }],
    }).behaviors
    expect(behavior).toMatchObject({
      criteria: { kind: 'ml', confidenceLevel: 'LOW' },
      datapointsToAlarm: 1,
      datapointsToClear: 1,
      suppressAlerts: false,
    })
  })

  it('names the series of a dimension, IN by default', () => {
    const criteria = { mlDetectionConfig: { confidenceLevel: 'LOW' } }
    const behaviors = [
      { dimensionName: 'd' },
      { dimensionName: 'd', operator: 'IN' },
      { dimensionName: 'd', operator: 'NOT_IN' },
    ].map((metricDimension, i) => ({
      name: `b${i}`,
      metric: 'aws:num-messages-sent',
      metricDimension,
      criteria,
    }))
    const profile = parseOne({ securityProfileName: 'p', behaviors })
    expect(profile.behaviors.map((behavior) => behavior.metric)).toEqual([
      'aws:num-messages-sent[d IN]',
      'aws:num-messages-sent[d IN]',
      'aws:num-messages-sent[d NOT_IN]',
    ])
  })

  it('takes a rule on message sizes per message, whatever its duration says', () => {
    const criteria = { comparisonOperator: 'less-than', value: { count: 5 }, durationSeconds: 300 }
    const [behavior] = parseOne({
      securityProfileName: 'p',
      behaviors: [{ name: 'b', metric: 'aws:message-byte-size', criteria }],
    }).behaviors
    expect(behavior!.criteria).toMatchObject({ kind: 'static', durationMs: null })
  })
})

describe('documents', () => {
  const one = { securityProfileName: 'one', behaviors: [] }
  const two = { securityProfileName: 'two' }

  it.each([
    ['one object', JSON.stringify(one), ['one']],
    ['a list', JSON.stringify([one, two]), ['one', 'two']],
    [
      'several objects',
      `${JSON.stringify(one)}\n${JSON.stringify(two, null, 2)}\n`,
      ['one', 'two'],
    ],
    ['a byte order mark', `\uFEFF${JSON.stringify(one)}`, ['one']],
  ])('reads %s', (_, text, names) => {
    const { profiles, problems } = parseSecurityProfiles(text, 'p.json')
    expect(problems).toEqual([])
    expect(profiles.map((profile) => profile.name)).toEqual(names)
  })

  it('says which of several profiles a problem is in, and keeps the others', () => {
    const { profiles, problems } = parse([one, { ...two, behaviors: 1 }, one])
    expect(profiles.map((profile) => profile.name)).toEqual(['one'])
    expect(problems.map(formatProblem)).toEqual([
      'p.json (profile 2): behaviors: error: behaviors 1 should be a list',
      'p.json (profile 3): securityProfileName: error: the name "one" is taken already',
    ])
  })

  it('names line and column of broken JSON, beside the problems of what came before', () => {
    const text = '{"securityProfileName":"a b"}\n{\n  "behaviors": [\n    {},\n  ]\n}'
    expect(parseSecurityProfiles(text, 'p.json').problems.map(formatProblem)).toEqual([
      'p.json: securityProfileName: error: securityProfileName "a b" should hold only letters, digits, ":", "_" and "-"',
      'p.json: error: not JSON at line 4, column 7: remove the comma before "]"',
    ])
  })

  it.each([
    ['', 'no security profile'],
    ['[]', 'no security profile'],
    ['7', '7 should be'],
  ])('refuses %j', (text, says) => {
    const { problems } = parseSecurityProfiles(text, 'p.json')
    expect(problems).toHaveLength(1)
    expect(problems[0]!.message).toContain(says)
  })
})

describe('quotas', () => {
  const behaviors = (count: number): unknown[] =>
    Array.from({ length: count }, (_, i) => ({
      name: `b${i}`,
      metric: 'cpu',
      criteria: { mlDetectionConfig: { confidenceLevel: 'LOW' } },
    }))
  const ports = (count: number): unknown[] => [
    {
      name: 'ports',
      metric: 'aws:listening-tcp-ports',
      criteria: { comparisonOperator: 'in-port-set', value: { ports: new Array(count).fill(80) } },
    },
    {
      name: 'cpu',
      metric: 'cpu',
      criteria: { comparisonOperator: 'less-than', value: { number: 1 } },
    },
  ]

  it.each([
    ['100 behaviors', behaviors(100), []],
    ['101 behaviors', behaviors(101), ['101 behaviors, there should be at most 100']],
    ['1000 value elements', ports(999), []],
    ['1001', ports(1000), ['1001 value elements in all, there should be at most 1000']],
  ])('%s', (_, behaviors, messages) => {
    const { problems } = parse({ securityProfileName: 'p', behaviors })
    const errors = problems.filter((problem) => problem.severity === 'error')
    expect(errors.map((problem) => problem.message)).toEqual(messages)
  })

  it('a description of 1000 characters', () => {
    const profile = { securityProfileName: 'p', securityProfileDescription: 'x'.repeat(1_000) }
    expect(parse(profile).problems).toEqual([])
    const longer = { ...profile, securityProfileDescription: 'x'.repeat(1_001) }
    expect(parse(longer).problems).toMatchObject([{ path: 'securityProfileDescription' }])
  })
})

it("speaks the service's words when asked to", () => {
  const behaviors = [
    { name: 'Fine', metric: 'cpu' },
    {
      name: 'Authorization',
      metric: 'aws:num-authorization-failures',
      criteria: {
        mlDetectionConfig: { confidenceLevel: 'LOW' },
        consecutiveDatapointsToAlarm: 100_000,
      },
    },
  ]
  const { problems } = parse({ securityProfileName: 'p', behaviors })
  const error = problems.find((problem) => problem.severity === 'error')!
  expect(malformedBehavior(error, behaviors)).toBe(
    'Behavior Authorization is malformed. consecutiveDatapointsToAlarm 100000 should be in range[1,10]',
  )
})

describe('checkDurations', () => {
  const profile = parseOne({
    securityProfileName: 'p',
    behaviors: [300, 900].map((durationSeconds, i) => ({
      name: `b${i}`,
      metric: 'aws:num-disconnects',
      criteria: { comparisonOperator: 'less-than', value: { count: 5 }, durationSeconds },
    })),
  })

  it('wants whole windows', () => {
    expect(checkDurations(profile, 300_000)).toEqual([])
    expect(checkDurations(profile, 60_000)).toEqual([])
    expect(checkDurations(profile, 900_000)).toEqual([
      {
        severity: 'error',
        place: 'p',
        path: 'behaviors[0].criteria.durationSeconds',
        message: 'durationSeconds 300 should be a multiple of the window of 900 s',
      },
    ])
  })
})

describe('metricsOf', () => {
  it('is the 13 ML metrics when nothing else is named', () => {
    expect(metricsOf([])).toEqual(ML_METRICS)
  })

  it('adds custom, dimensioned and retained series once each, sorted', () => {
    const ml = { mlDetectionConfig: { confidenceLevel: 'LOW' } }
    const first = parseOne({
      securityProfileName: 'p',
      behaviors: [
        { name: 'z', metric: 'zeta', criteria: ml },
        { name: 'd', metric: 'aws:num-disconnects', criteria: ml },
        {
          name: 's',
          metric: 'aws:num-messages-sent',
          metricDimension: { dimensionName: 'alarms' },
          criteria: ml,
        },
        {
          name: 'ip',
          metric: 'aws:source-ip-address',
          criteria: { comparisonOperator: 'in-cidr-set', value: { cidrs: ['::/0'] } },
        },
        {
          name: 'names',
          metric: 'users',
          criteria: { comparisonOperator: 'in-set', value: { strings: ['root'] } },
        },
      ],
      additionalMetricsToRetain: ['alpha', 'aws:listening-tcp-ports'],
    })
    const second = parseOne({
      securityProfileName: 'q',
      behaviors: [{ name: 'z', metric: 'zeta', criteria: ml }],
      additionalMetricsToRetainV2: [{ metric: 'aws:disconnect-duration' }],
    })
    const table = metricsOf([first, second])
    expect(table.slice(0, 13)).toEqual(ML_METRICS)
    expect(table.slice(13)).toMatchObject([
      { name: 'alpha', side: 'custom', valueKind: 'number' },
      { name: 'aws:disconnect-duration', aggregation: 'last', valueKind: 'count' },
      { name: 'aws:listening-tcp-ports', aggregation: 'last', valueKind: 'ports' },
      { name: 'aws:num-messages-sent[alarms IN]', aggregation: 'sum', valueKind: 'count' },
      { name: 'aws:source-ip-address', aggregation: 'union', valueKind: 'cidrs' },
      { name: 'users', side: 'custom', valueKind: 'strings' },
      { name: 'zeta', side: 'custom', valueKind: 'number' },
    ])
    expect(table).toHaveLength(20)
  })
})

describe('laws', () => {
  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
        const { profiles, problems } = parseSecurityProfiles(text, 'p.json')
        expect(profiles.length + problems.length).toBeGreaterThan(0)
      }),
    )
  })

  it('never throws on something like a profile, and lets it through only without errors', () => {
    const odd = fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom('aws:num-disconnects', 'cpu', 'less-than', 'in-set', 'p99', 'HIGH', ''),
      fc.constantFrom(0, 3, 300, -1, 1.5, null, true),
      fc.jsonValue({ maxDepth: 2 }),
    )
    const some = <T>(shape: Record<string, fc.Arbitrary<T>>): fc.Arbitrary<unknown> =>
      fc.oneof({ weight: 5, arbitrary: fc.record(shape, { requiredKeys: [] }) }, odd)
    const criteria = some<unknown>({
      comparisonOperator: odd,
      value: some<unknown>({ count: odd, number: odd, ports: odd, cidrs: odd }),
      durationSeconds: odd,
      consecutiveDatapointsToAlarm: odd,
      statisticalThreshold: some<unknown>({ statistic: odd }),
      mlDetectionConfig: some<unknown>({ confidenceLevel: odd }),
    })
    const behavior = some<unknown>({
      name: odd,
      metric: odd,
      metricDimension: some<unknown>({ dimensionName: odd, operator: odd }),
      criteria,
      suppressAlerts: odd,
    })
    const profile = some<unknown>({
      securityProfileName: odd,
      behaviors: fc.oneof(fc.array(behavior, { maxLength: 3 }), odd),
      additionalMetricsToRetain: odd,
      additionalMetricsToRetainV2: fc.array(some<unknown>({ metric: odd, metricDimension: odd })),
    })
    fc.assert(
      fc.property(profile, (value) => {
        const { profiles, problems } = parse(value)
        const refused = problems.some((problem) => problem.severity === 'error')
        if (!Array.isArray(value)) expect(profiles.length).toBe(refused ? 0 : 1)
        metricsOf(profiles)
      }),
      { numRuns: 500 },
    )
  })
})
