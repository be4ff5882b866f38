import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CONFIDENCE_LEVELS, type ConfidenceLevel } from '../../src/domain/behavior.ts'
import { type TuneRules, tune } from '../../src/respond/tune.ts'
import {
  type AlikeAlarms,
  behaviorKey,
  type Verification,
} from '../../src/store/verified-alarms.ts'

const RULES: TuneRules = { keep: 1, leastVerified: 10, benignWanted: false }
const VERIFICATIONS: Verification[] = [
  'TRUE_POSITIVE',
  'FALSE_POSITIVE',
  'BENIGN_POSITIVE',
  'UNKNOWN',
]

/** So many alarms that reached this level, at most. */
function alarms(reached: ConfidenceLevel, verification: Verification, count: number): AlikeAlarms {
  const anomalousAt = CONFIDENCE_LEVELS.slice(0, CONFIDENCE_LEVELS.indexOf(reached) + 1)
  return {
    profile: 'p',
    behavior: 'b',
    verification,
    confidence: 'LOW',
    anomalousAt,
    alarms: count,
  }
}

function tuned(level: ConfidenceLevel | null, some: AlikeAlarms[], rules: Partial<TuneRules> = {}) {
  const levels = new Map(level === null ? [] : [[behaviorKey('p', 'b'), level] as const])
  return tune(some, levels, { ...RULES, ...rules })[0]!
}

describe('tune', () => {
  it('counts what each level would have kept', () => {
    const { alarms: all, kept } = tuned('LOW', [
      alarms('HIGH', 'TRUE_POSITIVE', 4),
      alarms('LOW', 'TRUE_POSITIVE', 1),
      alarms('MEDIUM', 'FALSE_POSITIVE', 6),
      alarms('LOW', 'BENIGN_POSITIVE', 2),
      alarms('HIGH', 'UNKNOWN', 9),
    ])
    expect(all).toEqual({ true: 5, false: 6, benign: 2, unverified: 9 })
    expect(kept).toEqual({
      LOW: { true: 5, false: 6, benign: 2, unverified: 9 },
      MEDIUM: { true: 4, false: 6, benign: 0, unverified: 9 },
      HIGH: { true: 4, false: 0, benign: 0, unverified: 9 },
    })
  })

  it.each<
    [
      string,
      ConfidenceLevel | null,
      AlikeAlarms[],
      Partial<TuneRules>,
      ConfidenceLevel | null,
      string,
    ]
  >([
    [
      'the level that drops the most and loses nothing',
      'LOW',
      [alarms('HIGH', 'TRUE_POSITIVE', 5), alarms('MEDIUM', 'FALSE_POSITIVE', 6)],
      {},
      'HIGH',
      'HIGH would have dropped 6 of 6 unwanted alarms and lost no true one',
    ],
    [
      'no less sensitive a level than needed',
      'LOW',
      [alarms('HIGH', 'TRUE_POSITIVE', 5), alarms('LOW', 'FALSE_POSITIVE', 6)],
      {},
      'MEDIUM',
      'MEDIUM would have dropped 6 of 6 unwanted alarms and lost no true one',
    ],
    [
      'nothing that loses a true alarm',
      'MEDIUM',
      [
        alarms('MEDIUM', 'TRUE_POSITIVE', 1),
        alarms('HIGH', 'TRUE_POSITIVE', 9),
        alarms('MEDIUM', 'FALSE_POSITIVE', 6),
      ],
      {},
      null,
      'a less sensitive level would lose true alarms: of 10, HIGH keeps 9',
    ],
    [
      'it where so much may be lost',
      'MEDIUM',
      [
        alarms('MEDIUM', 'TRUE_POSITIVE', 1),
        alarms('HIGH', 'TRUE_POSITIVE', 9),
        alarms('MEDIUM', 'FALSE_POSITIVE', 6),
      ],
      { keep: 0.9 },
      'HIGH',
      'HIGH would have dropped 6 of 6 unwanted alarms and lost 1 of 10 true ones',
    ],
    [
      'nothing where benign alarms are wanted',
      'LOW',
      [alarms('HIGH', 'TRUE_POSITIVE', 5), alarms('LOW', 'BENIGN_POSITIVE', 6)],
      { benignWanted: true },
      null,
      'LOW makes no unwanted alarm',
    ],
    [
      'nothing from few alarms',
      'LOW',
      [alarms('LOW', 'FALSE_POSITIVE', 9), alarms('LOW', 'UNKNOWN', 90)],
      {},
      null,
      '9 verified alarms are too few to tell: 10 are needed',
    ],
    [
      'nothing beyond HIGH',
      'HIGH',
      [alarms('HIGH', 'FALSE_POSITIVE', 10)],
      {},
      null,
      'HIGH is the least sensitive level: let more datapoints in a row alarm instead',
    ],
    [
      'nothing that drops nothing',
      'LOW',
      [alarms('HIGH', 'FALSE_POSITIVE', 10)],
      {},
      null,
      'a less sensitive level would drop none of the unwanted alarms',
    ],
    [
      'nothing for a behavior that is gone',
      null,
      [alarms('LOW', 'FALSE_POSITIVE', 10)],
      {},
      null,
      'the behavior is gone, or not learned any more',
    ],
  ])('proposes %s', (_what, level, some, rules, proposal, reason) => {
    expect(tuned(level, some, rules)).toMatchObject({ proposal, reason })
  })

  it('never proposes what is more sensitive, loses more than it may, or drops nothing', () => {
    const group = fc.record({
      reached: fc.constantFrom(...CONFIDENCE_LEVELS),
      verification: fc.constantFrom(...VERIFICATIONS),
      count: fc.nat(20),
    })
    fc.assert(
      fc.property(
        fc.constantFrom(...CONFIDENCE_LEVELS),
        fc.array(group, { minLength: 1 }),
        fc.double({ min: 0.5, max: 1, noNaN: true }),
        (level, groups, keep) => {
          const some = groups.map(({ reached, verification, count }) =>
            alarms(reached, verification, count),
          )
          const { proposal, kept } = tuned(level, some, { keep })
          if (proposal === null) return
          expect(CONFIDENCE_LEVELS.indexOf(proposal)).toBeGreaterThan(
            CONFIDENCE_LEVELS.indexOf(level),
          )
          expect(kept[proposal].true).toBeGreaterThanOrEqual(keep * kept[level].true)
          expect(kept[proposal].false + kept[proposal].benign).toBeLessThan(
            kept[level].false + kept[level].benign,
          )
        },
      ),
    )
  })
})
