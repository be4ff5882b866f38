import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type AlarmRule,
  type AlarmState,
  inAlarm,
  QUIET,
  runOf,
  step,
} from '../../src/detect/alarm.ts'

interface Datapoint {
  anomalous: boolean
  /** Anomalous after habituation too; never without the former. */
  opens: boolean
}

const datapoint: fc.Arbitrary<Datapoint> = fc.constantFrom(
  { anomalous: false, opens: false },
  { anomalous: true, opens: false },
  { anomalous: true, opens: true },
)
const rule: fc.Arbitrary<AlarmRule> = fc.record({
  datapointsToAlarm: fc.integer({ min: 1, max: 10 }),
  datapointsToClear: fc.integer({ min: 1, max: 10 }),
})

/** In alarm or not after each datapoint, looking back over all of them each time. */
function reference(datapoints: readonly Datapoint[], rule: AlarmRule): boolean[] {
  const states: boolean[] = []
  let alarm = false
  let since = 0
  for (let i = 0; i < datapoints.length; i++) {
    const present = datapoints.slice(since, i + 1)
    if (alarm) {
      const last = present.slice(-rule.datapointsToClear)
      if (last.length === rule.datapointsToClear && last.every(({ anomalous }) => !anomalous)) {
        alarm = false
        since = i + 1
      }
    } else {
      const last = present.slice(-rule.datapointsToAlarm)
      const all = last.length === rule.datapointsToAlarm && last.every(({ anomalous }) => anomalous)
      if (all && last.some(({ opens }) => opens)) {
        alarm = true
        since = i + 1
      }
    }
    states.push(alarm)
  }
  return states
}

function play(datapoints: readonly Datapoint[], rule: AlarmRule): AlarmState[] {
  let state = QUIET
  return datapoints.map(({ anomalous, opens }) => {
    state = step(state, anomalous, opens, rule)
    return state
  })
}

describe('an alarm', () => {
  test('opens after N anomalous datapoints with evidence, and clears after M normal ones', () => {
    fc.assert(
      fc.property(fc.array(datapoint, { maxLength: 60 }), rule, (datapoints, rule) => {
        expect(play(datapoints, rule).map(inAlarm)).toEqual(reference(datapoints, rule))
      }),
      { numRuns: 500 },
    )
  })

  test('does so for short rules, where alarms come and go', () => {
    const short = fc.record({
      datapointsToAlarm: fc.integer({ min: 1, max: 3 }),
      datapointsToClear: fc.integer({ min: 1, max: 3 }),
    })
    fc.assert(
      fc.property(fc.array(datapoint, { minLength: 40, maxLength: 80 }), short, (points, rule) => {
        expect(play(points, rule).map(inAlarm)).toEqual(reference(points, rule))
      }),
      { numRuns: 500 },
    )
  })

  test('fits a byte, and counts no further than its rule', () => {
    fc.assert(
      fc.property(fc.array(datapoint, { maxLength: 60 }), rule, (datapoints, rule) => {
        for (const state of play(datapoints, rule)) {
          expect(Uint8Array.of(state)[0]).toBe(state)
          expect(runOf(state)).toBeLessThanOrEqual(
            inAlarm(state) ? rule.datapointsToClear - 1 : rule.datapointsToAlarm,
          )
        }
      }),
      { numRuns: 200 },
    )
  })

  test('waits for evidence however long the run', () => {
    const rule = { datapointsToAlarm: 3, datapointsToClear: 2 }
    const [mild, strong] = [
      { anomalous: true, opens: false },
      { anomalous: true, opens: true },
    ]
    const late = play([mild, mild, mild, mild, strong], rule)
    expect(late.map(inAlarm)).toEqual([false, false, false, false, true])
    expect(play([strong, mild, mild], rule).map(inAlarm)).toEqual([false, false, true])
  })
})
