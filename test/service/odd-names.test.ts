import { expect, test } from 'vitest'
import { insertCustomMetric } from '../../src/store/custom-metrics.ts'
import { insertDimension } from '../../src/store/dimensions.ts'
import { group, put, register } from '../store/registry.ts'
import { type Fixture, serveEachTest, WINDOW_MS } from './fixture.ts'

/** Names that AWS allows, and that every object has members of. */
const NAMES = ['__proto__', 'constructor', 'hasOwnProperty', 'length', 'toString', 'valueOf']
const DETACHED = ['isPrototypeOf', 'propertyIsEnumerable', 'toLocaleString']
const LEARNED = { mlDetectionConfig: { confidenceLevel: 'HIGH' } }
const START = Date.UTC(2026, 0, 5)

let fixture: Fixture
serveEachTest(1, (fresh) => {
  fixture = fresh
})

test('things, groups, metrics, dimensions and profiles may be called what they like, also after a restart', async () => {
  const made = { token: null, created: 0, modified: 0 }
  for (const name of NAMES) {
    register(fixture.store, name)
    group(fixture.store, name)
    put(fixture.store, name, name)
    const { database } = fixture.store
    insertCustomMetric(database, { name, type: 'number', displayName: null, ...made })
    insertDimension(database, { name, type: 'TOPIC_FILTER', stringValues: ['a/#'], ...made })
    const below = { comparisonOperator: 'less-than', value: { number: 5 } }
    fixture.putProfile(
      name,
      [
        { name, metric: name, criteria: below },
        { name: `${name}-learned`, metric: name, criteria: LEARNED },
      ],
      [`thinggroup/${name}`],
    )
  }
  const rows = (window: number, value: number) =>
    NAMES.map((name) => ({ thing: name, metric: name, time: START + window * WINDOW_MS, value }))
  await fixture.post([...rows(0, 9), ...rows(1, 1)], 'constructor')
  await fixture.restart()
  const learned = { name: 'b', metric: 'constructor', criteria: LEARNED }
  for (const name of DETACHED) fixture.putProfile(name, [learned], [])
  await fixture.post([...rows(2, 1), ...rows(3, 1)], '__proto__')
  await fixture.restart()
  const [began, ended] = [START + WINDOW_MS, START + 2 * WINDOW_MS]
  expect(fixture.events()).toEqual([
    ...NAMES.map((name) => `${name}/${name} ${name} in-alarm ${began}`),
    ...NAMES.map((name) => `${name}/${name} ${name} alarm-cleared ${ended}`),
  ])
  expect(fixture.service.engine.trainingSummaries(null).map(({ profile }) => profile)).toEqual(
    [...NAMES, ...DETACHED].sort(),
  )
  for (const name of NAMES) {
    const query = { thing: name, metric: name, dimension: null, from: START, to: ended }
    expect(await fixture.service.engine.metricValues(query)).not.toEqual([])
  }
  expect(fixture.said).toEqual([])
})
