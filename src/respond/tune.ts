import { CONFIDENCE_LEVELS, type ConfidenceLevel } from '../domain/behavior.ts'
import { type AlikeAlarms, behaviorKey } from '../store/verified-alarms.ts'

/** Alarms by what people said of them. */
export interface Verdicts {
  true: number
  false: number
  benign: number
  unverified: number
}

/** What alarms say of one learned behavior. */
export interface Tuning {
  profile: string
  behavior: string
  /** The level it has; null: it is not there any more. */
  level: ConfidenceLevel | null
  alarms: Verdicts
  /** How many of them each level would have let begin when they began. */
  kept: Record<ConfidenceLevel, Verdicts>
  /** The level it should have; null: none that is known to be better. */
  proposal: ConfidenceLevel | null
  /** Why, in words. */
  reason: string
}

export interface TuneRules {
  /** The share of true alarms a level must keep to be proposed. */
  keep: number
  /** Below so many alarms that somebody looked at nothing is proposed. */
  leastVerified: number
  /** Benign alarms are wanted: as good as true ones. */
  benignWanted: boolean
}

/**
 * Reads from verified alarms what other levels would have done. A level that is less sensitive would have kept
 * those whose first datapoint is anomalous at it too; what a more sensitive one would have added, alarms
 * do not tell.
 */
export function tune(
  alarms: readonly AlikeAlarms[],
  levels: ReadonlyMap<string, ConfidenceLevel>,
  rules: TuneRules,
): Tuning[] {
  const tunings = new Map<string, Tuning>()
  for (const alike of alarms) {
    const { profile, behavior, verification, anomalousAt } = alike
    const key = behaviorKey(profile, behavior)
    const tuning = tunings.get(key) ?? begin(profile, behavior, levels.get(key) ?? null)
    tunings.set(key, tuning)
    const verdict = VERDICT[verification]
    tuning.alarms[verdict] += alike.alarms
    for (const level of anomalousAt) tuning.kept[level][verdict] += alike.alarms
  }
  for (const tuning of tunings.values()) propose(tuning, rules)
  return [...tunings.values()]
}

const VERDICT = {
  TRUE_POSITIVE: 'true',
  FALSE_POSITIVE: 'false',
  BENIGN_POSITIVE: 'benign',
  UNKNOWN: 'unverified',
} as const

function begin(profile: string, behavior: string, level: ConfidenceLevel | null): Tuning {
  const none = (): Verdicts => ({ true: 0, false: 0, benign: 0, unverified: 0 })
  const kept = { LOW: none(), MEDIUM: none(), HIGH: none() }
  return { profile, behavior, level, alarms: none(), kept, proposal: null, reason: '' }
}

function propose(tuning: Tuning, rules: TuneRules): void {
  const { level, alarms, kept } = tuning
  const wanted = (verdicts: Verdicts): number =>
    verdicts.true + (rules.benignWanted ? verdicts.benign : 0)
  const unwanted = (verdicts: Verdicts): number =>
    verdicts.false + (rules.benignWanted ? 0 : verdicts.benign)
  const verified = alarms.true + alarms.false + alarms.benign
  const say = (reason: string): void => {
    tuning.reason = reason
  }
  if (level === null) return say('the behavior is gone, or not learned any more')
  if (verified < rules.leastVerified) {
    return say(`${verified} verified alarms are too few to tell: ${rules.leastVerified} are needed`)
  }
  if (unwanted(kept[level]) === 0) return say(`${level} makes no unwanted alarm`)
  const stricter = CONFIDENCE_LEVELS.slice(CONFIDENCE_LEVELS.indexOf(level) + 1)
  if (stricter.length === 0) {
    return say(`${level} is the least sensitive level: let more datapoints in a row alarm instead`)
  }
  const enough = stricter.filter((one) => wanted(kept[one]) >= rules.keep * wanted(kept[level]))
  // The first of equals: no less sensitive than needed.
  const best = enough.reduce<ConfidenceLevel>(
    (least, one) => (unwanted(kept[one]) < unwanted(kept[least]) ? one : least),
    level,
  )
  if (best === level) {
    return say(
      enough.length === 0
        ? `a less sensitive level would lose true alarms: of ${wanted(kept[level])}, ${stricter
            .map((one) => `${one} keeps ${wanted(kept[one])}`)
            .join(', ')}`
        : 'a less sensitive level would drop none of the unwanted alarms',
    )
  }
  tuning.proposal = best
  const dropped = unwanted(kept[level]) - unwanted(kept[best])
  const lost = wanted(kept[level]) - wanted(kept[best])
  say(
    `${best} would have dropped ${dropped} of ${unwanted(kept[level])} unwanted alarms and ${
      lost === 0 ? 'lost no true one' : `lost ${lost} of ${wanted(kept[level])} true ones`
    }`,
  )
}
