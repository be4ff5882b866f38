import { describe, expect, test } from 'vitest'
import { NO_DEFINITIONS } from '../../src/domain/definitions.ts'
import { checkDimensions, parseDimensions } from '../../src/domain/dimension.ts'
import { parseSecurityProfiles } from '../../src/domain/security-profile.ts'

const described = {
  name: 'alarms',
  arn: 'arn:aws:iot:us-east-1:123456789012:dimension/alarms',
  type: 'TOPIC_FILTER',
  stringValues: ['alarms/#', 'things/${iot:ClientId}/alarm'],
  creationDate: 1_578_620_223.255,
  lastModifiedDate: 1_578_620_223.255,
}

describe('dimensions', () => {
  test('are read as aws iot prints them, one or several', () => {
    const other = { ...described, name: 'other', stringValues: ['+'] }
    const texts = [
      JSON.stringify([described, other]),
      `${JSON.stringify(described, null, 4)}\n${JSON.stringify(other)}`,
    ]
    for (const text of texts) {
      const { dimensions, problems } = parseDimensions(text, 'd.json')
      expect(problems).toEqual([])
      expect([...dimensions]).toEqual([
        ['alarms', { name: 'alarms', topicFilters: described.stringValues }],
        ['other', { name: 'other', topicFilters: ['+'] }],
      ])
    }
  })

  test.each([
    ['', '', 'no dimension in it'],
    [
      '{',
      '',
      'not JSON at line 1, column 2: found the text ends where a member name in double quotes should be',
    ],
    ['5', '', '5 should be a dimension, an object'],
    [{ stringValues: ['a'] }, 'name', 'name is missing, it should be a name'],
    [{ ...described, type: 'OTHER' }, 'type', 'type "OTHER" should be "TOPIC_FILTER"'],
    [{ name: 'a' }, 'stringValues', 'stringValues undefined should list topic filters'],
    [
      { name: 'a', stringValues: ['a#'] },
      'stringValues[0]',
      '"a#" should have "#" as its last level only',
    ],
    [{ name: 'a', stringValues: [5] }, 'stringValues[0]', '5 should be a topic filter'],
    [[described, described], '[1].name', 'the name "alarms" is taken already'],
  ])('%j is refused', (source, path, message) => {
    const text = typeof source === 'string' ? source : JSON.stringify(source)
    const { problems } = parseDimensions(text, 'd.json')
    expect(problems).toEqual([{ place: 'd.json', severity: 'error', path, message }])
  })

  test('that nobody defined are told', () => {
    const text = JSON.stringify({
      securityProfileName: 'p',
      behaviors: [
        {
          name: 'b',
          metric: 'aws:num-messages-sent',
          metricDimension: { dimensionName: 'alarms' },
          criteria: { mlDetectionConfig: { confidenceLevel: 'LOW' } },
        },
      ],
    })
    const { profiles } = parseSecurityProfiles(text, 'p.json')
    const [problem] = checkDimensions(profiles, NO_DEFINITIONS)
    expect([problem!.severity, problem!.path]).toEqual(['warning', 'behaviors[0].metricDimension'])
    const { dimensions } = parseDimensions(JSON.stringify(described), 'd.json')
    expect(checkDimensions(profiles, { ...NO_DEFINITIONS, dimensions })).toEqual([])
  })
})
