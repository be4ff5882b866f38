import { expect, it } from 'vitest'
import { DeliveryLog } from '../../src/compose/delivery-log.ts'

it('a channel that fails is spoken of at its beginning, every five minutes, and at its end', () => {
  const said: string[] = []
  let now = 0
  const log = new DeliveryLog(() => now, {
    progress: () => {},
    note: (message) => said.push(message),
    warn: (message) => said.push(`warning: ${message}`),
  })
  log.note('webhook/ops', 'delivered', 'a', null)
  expect(said).toEqual([])
  for (; now < 700_000; now += 1_000) log.note('webhook/ops', 'failed', 'b', 'no answer')
  log.note('log', 'failed', 'b', 'full')
  log.note('webhook/ops', 'dead', 'b', 'no answer')
  log.note('webhook/ops', 'stopped', 'c', 'stopped')
  log.note('webhook/ops', 'delivered', 'd', null)
  expect(said).toEqual([
    'warning: webhook/ops does not deliver: no answer; it is tried again',
    'warning: webhook/ops still does not deliver (300 attempts): no answer',
    'warning: webhook/ops still does not deliver (300 attempts): no answer',
    'warning: log does not deliver: full; it is tried again',
    'warning: webhook/ops: b was given up: no answer',
    'webhook/ops delivers again',
  ])
})
