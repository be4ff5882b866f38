import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  arnOf,
  formatArn,
  type Identity,
  parseArn,
  RESOURCE_KINDS,
  resourceHere,
  resourceOf,
} from '../../src/domain/arn.ts'

const HERE: Identity = { region: 'eu-central-1', account: '123456789012' }

describe('an ARN', () => {
  test.each([
    ['securityprofile', 'p:1_a-b', 'arn:aws:iot:eu-central-1:123456789012:securityprofile/p:1_a-b'],
    ['thinggroup', 'hall', 'arn:aws:iot:eu-central-1:123456789012:thinggroup/hall'],
    ['all', 'things', 'arn:aws:iot:eu-central-1:123456789012:all/things'],
    ['all', 'unregistered-things', 'arn:aws:iot:eu-central-1:123456789012:all/unregistered-things'],
    ['thing', 'lamp', 'arn:aws:iot:eu-central-1:123456789012:thing/lamp'],
    ['mitigationaction', 'a', 'arn:aws:iot:eu-central-1:123456789012:mitigationaction/a'],
    ['custommetric', 'm', 'arn:aws:iot:eu-central-1:123456789012:custommetric/m'],
    ['dimension', 'd', 'arn:aws:iot:eu-central-1:123456789012:dimension/d'],
    ['policy', 'a=b', 'arn:aws:iot:eu-central-1:123456789012:policy/a=b'],
  ] as const)('of a %s', (kind, name, text) => {
    expect(arnOf(HERE, { kind, name })).toBe(text)
    expect(resourceHere(text, HERE)).toEqual({ kind, name })
  })

  test('takes the partition of its region', () => {
    const thing = { kind: 'thing', name: 't' } as const
    expect(arnOf({ region: 'cn-north-1', account: '1' }, thing)).toBe(
      'arn:aws-cn:iot:cn-north-1:1:thing/t',
    )
    expect(arnOf({ region: 'us-gov-west-1', account: '1' }, thing)).toBe(
      'arn:aws-us-gov:iot:us-gov-west-1:1:thing/t',
    )
  })

  test('of other services has its parts', () => {
    const topic = 'arn:aws:sns:us-east-1:123456789012:alarms:of:mine'
    expect(parseArn(topic)).toEqual({
      partition: 'aws',
      service: 'sns',
      region: 'us-east-1',
      account: '123456789012',
      resource: 'alarms:of:mine',
    })
    expect(resourceOf(parseArn(topic)!)).toBeNull()
    expect(parseArn('arn:aws:iam::123456789012:role/service/x')!.resource).toBe('role/service/x')
  })

  test.each([
    '',
    'lamp',
    'thinggroup/hall',
    'arn:aws:iot:eu-central-1:123456789012',
    'arn:aws:iot:eu-central-1:123456789012:',
    'arn:aws:iot:eu-central-1:12345678901x:thing/a',
    'arn:aws:iot:eu-central-1:123456789012:thing/',
    'arn:aws:iot:eu-central-1:123456789012:cert/abc',
    'arn:aws:iot:eu-central-1:123456789012:all/devices',
    'arn:aws:iot:eu-central-1:210987654321:thing/a',
    'arn:aws:iot:eu-west-1:123456789012:thing/a',
    'arn:aws-cn:iot:eu-central-1:123456789012:thing/a',
    'arn:aws:sns:eu-central-1:123456789012:thing/a',
  ])('%s names nothing here', (text) => {
    expect(resourceHere(text, HERE)).toBeNull()
  })

  test('comes back from its text', () => {
    const names = fc.string({ minLength: 1 })
    fc.assert(
      fc.property(fc.constantFrom(...RESOURCE_KINDS.slice(0, -1)), names, (kind, name) => {
        const text = arnOf(HERE, { kind, name })
        expect(resourceHere(text, HERE)).toEqual({ kind, name })
        expect(formatArn(parseArn(text)!)).toBe(text)
      }),
    )
  })
})
