import { expect, it } from 'vitest'
import { logChannel } from '../../src/adapters/log-channel.ts'
import { event, flood } from '../respond/events.ts'

it('a notification is one line of the log, in words and in members', async () => {
  const lines: [string, object][] = []
  const channel = logChannel((message, fields) => lines.push([message, fields]), 10)
  const { signal } = new AbortController()
  await channel.deliver({ kind: 'event', key: 'a', event: event('lamp') }, '', 0, signal)
  await channel.deliver({ kind: 'flood', key: 'b', flood: flood(12) }, '', 0, signal)
  expect(lines).toMatchObject([
    [
      'lamp in-alarm of MessagesPub (MySecProfile)',
      { key: 'a', event: { thingName: 'lamp', metricValue: { count: 54 } } },
    ],
    [
      '12 things went in alarm of MessagesPub (MySecProfile): lamp-0, lamp-1, lamp-2 and 9 more; measured 11 to 70',
      { key: 'b', flood: { violationCount: 12 } },
    ],
  ])
})

it('many notifications in a row leave others their turn', async () => {
  const order: string[] = []
  const channel = logChannel(() => order.push('line'), 10)
  const { signal } = new AbortController()
  const written = async (): Promise<void> => {
    for (let i = 0; i < 5; i++) {
      await channel.deliver({ kind: 'event', key: `${i}`, event: event('lamp') }, '', 0, signal)
    }
  }
  setImmediate(() => order.push('other'))
  await written()
  expect(order.indexOf('other')).toBeLessThan(4)
  expect(order).toContain('other')
})
