import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TopicFilter, topicFilterFault } from '../../src/domain/topic-filter.ts'

/** A filter as a regular expression, straight from MQTT's text. */
function naive(filter: string, topic: string, clientId: string): boolean {
  if (topic.startsWith('$') && /^[+#]/.test(filter)) return false
  const escaped = (text: string): string => text.replaceAll(/[.*?^${}()|[\]\\]/g, '\\$&')
  const pattern = filter
    .split('/')
    .map((level) => {
      if (level === '+') return '[^/]*'
      if (level === '#') return '#'
      return escaped(level.split('${iot:ClientId}').join(clientId))
    })
    .join('/')
  if (pattern === '#') return true
  const source = pattern.endsWith('/#') ? `${pattern.slice(0, -2)}(/.*)?` : pattern
  return new RegExp(`^(?:${source})$`).test(topic)
}

const level = fc.constantFrom('a', 'b', 'a.b', '', '$x', 'lamp')
const topic = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join('/'))
const filter = fc
  .tuple(
    fc.array(fc.oneof(level, fc.constantFrom('+', '${iot:ClientId}', 'a-${iot:ClientId}')), {
      minLength: 1,
      maxLength: 4,
    }),
    fc.boolean(),
  )
  .map(([levels, all]) => [...levels, ...(all ? ['#'] : [])].join('/'))
const clientId = fc.constantFrom('a', 'lamp', 'a/b', 'b')

describe('a topic filter', () => {
  test('matches what the words of MQTT say', () => {
    fc.assert(
      fc.property(filter, topic, clientId, (filter, topic, clientId) => {
        expect(new TopicFilter(filter).matches(topic, clientId)).toBe(
          naive(filter, topic, clientId),
        )
      }),
      { numRuns: 3_000 },
    )
  })

  test.each([
    ['sport/#', 'sport', true],
    ['sport/#', 'sport/a/b', true],
    ['sport/+', 'sport', false],
    ['sport/+', 'sport/', true],
    ['+/+', '/finance', true],
    ['#', '$aws/events', false],
    ['$aws/#', '$aws/events', true],
    ['things/${iot:ClientId}/data', 'things/lamp/data', true],
    ['things/${iot:ClientId}/data', 'things/other/data', false],
    ['things/${iot:ClientId}', 'things/$&', false],
  ])('%s matches %s: %s', (filter, topic, expected) => {
    expect(new TopicFilter(filter).matches(topic, 'lamp')).toBe(expected)
  })

  test('takes wildcards in a client id for what they are', () => {
    expect(new TopicFilter('a/${iot:ClientId}').matches('a/b', '+')).toBe(false)
    expect(new TopicFilter('a/${iot:ClientId}').matches('a/+', '+')).toBe(true)
    expect(new TopicFilter('a/${iot:ClientId}').matches('a/x', '$&')).toBe(false)
  })

  test.each([
    ['a/b', null],
    ['+/a/#', null],
    ['#', null],
    ['', 'should not be empty'],
    ['a/#/b', 'should have "#" as its last level only'],
    ['a#', 'should have "#" as its last level only'],
    ['a+/b', 'should have "+" as a whole level'],
    ['a/${iot:Thing}', 'should have no other variable than ${iot:ClientId}'],
  ])('%j: %j', (filter, fault) => {
    expect(topicFilterFault(filter)).toBe(fault)
  })
})
