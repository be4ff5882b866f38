import { describe, expect, it } from 'vitest'
import { NO_DEFINITIONS } from '../../src/domain/definitions.ts'
import { checkCustomMetrics, metricsOf } from '../../src/domain/metric-table.ts'
import { parseSecurityProfiles } from '../../src/domain/security-profile.ts'

function profileOf(name: string, ...criteria: object[]) {
  const behaviors = criteria.map((criteria, i) => ({ name: `b${i}`, metric: 'odd', criteria }))
  const text = JSON.stringify({ securityProfileName: name, behaviors })
  return parseSecurityProfiles(text, name).profiles[0]!
}

const isOne = { comparisonOperator: 'in-set', value: { strings: ['a'] } }
const isTwo = { comparisonOperator: 'in-set', value: { numbers: [2] } }
const learned = { mlDetectionConfig: { confidenceLevel: 'LOW' } }

describe('a custom metric', () => {
  it('is what its behaviors compare it with', () => {
    const kindOf = (...criteria: object[]) =>
      metricsOf([profileOf('p', ...criteria)])[13]!.valueKind
    expect([kindOf(isOne), kindOf(isTwo), kindOf(learned)]).toEqual([
      'strings',
      'numbers',
      'number',
    ])
  })

  it('is what its definition says, if there is one', () => {
    const customMetrics = new Map([['odd', 'ip-address-list' as const]])
    const retained = { ...profileOf('p'), metricsToRetain: ['odd'] }
    const [metric] = metricsOf([retained], { ...NO_DEFINITIONS, customMetrics }).slice(13)
    expect(metric!.valueKind).toBe('cidrs')
    expect(
      checkCustomMetrics([profileOf('p', isOne)], { ...NO_DEFINITIONS, customMetrics }),
    ).toHaveLength(1)
  })

  it('cannot be two things, in one profile or in several', () => {
    const problems = checkCustomMetrics([
      profileOf('p', isOne, isOne),
      profileOf('q', learned, isTwo),
    ])
    expect(problems.map(({ place, path, severity }) => [place, path, severity])).toEqual([
      ['q', 'behaviors[0].criteria', 'error'],
      ['q', 'behaviors[1].criteria', 'error'],
    ])
    expect(problems[0]!.message).toBe(
      'custom metric "odd" is a list of strings, by its definition or by another behavior',
    )
  })
})
