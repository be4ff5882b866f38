import {
  CONFIDENCE_LEVELS,
  type ConfidenceLevel,
  LEVEL_SCORE,
} from '../../../src/domain/behavior.ts'
import { HOUR_MS } from '../../../src/domain/time.ts'
import type { BenignScript } from '../../../src/synthetic/benign-events.ts'
import {
  SCRIPT_NAMES,
  type ScriptName,
  type Strength,
  STRENGTHS,
} from '../../../src/synthetic/scripts.ts'
import type { ScoreColumn, Series } from '../series.ts'
import { eventOf, finite, quietHours } from '../stretches.ts'
import type { GeneratedSet, Origin } from './generated-set.ts'
import { type WeekRates, WeekCounts } from './week-counts.ts'

/** How many there are, and how many of them reach each level. */
export interface Tally {
  all: number
  reached: Record<ConfidenceLevel, number>
}

/** What the levels come to on a generated fleet, part by part. */
export interface Breakdown {
  /** Events met, where the set has any. */
  scripts: { script: ScriptName; strength: Strength; events: Tally }[]
  /** Events met, and false alarms among the clock hours outside of labels. */
  metrics: { metric: string; events: Tally; hours: Tally }[]
  /** False alarms among the hours of what is unusual but harmless; of all others: null. */
  harmless: { script: BenignScript | null; hours: Tally }[]
  weekdays: { weekly: WeekRates | null; others: WeekRates | null }
}

/** Parts the scores of a set's series, at the confidence levels as they are. */
export function breakDown(set: GeneratedSet, scores: readonly ScoreColumn[]): Breakdown {
  const counts = new Counts()
  set.series.forEach((series, i) => {
    const own = finite(scores[i]!)
    counts.addEvents(series, set.origins[i]!, own)
    counts.addHours(series, set.origins[i]!, own)
  })
  return counts.close()
}

class Counts {
  readonly #scripts = new Tallies<string>()
  readonly #eventsOf = new Tallies<string>()
  readonly #hoursOf = new Tallies<string>()
  readonly #harmless = new Tallies<BenignScript | null>()
  readonly #weekly = new WeekCounts()
  readonly #others = new WeekCounts()

  addEvents(series: Series, { incidents }: Origin, scores: Float64Array): void {
    for (const { span, script, strength } of incidents) {
      const { highest } = eventOf(series, scores, span)
      this.#scripts.add(`${script} ${strength}`, highest)
      this.#eventsOf.add(series.metric, highest)
    }
  }

  addHours(series: Series, origin: Origin, scores: Float64Array): void {
    const week = origin.weekly ? this.#weekly : this.#others
    const { row, highest } = quietHours(series, scores)
    const scripts = harmlessHours(series, origin)
    row.forEach((at, i) => {
      const time = series.time[at]!
      const script = scripts.get(Math.floor(time / HOUR_MS)) ?? null
      this.#hoursOf.add(series.metric, highest[i]!)
      this.#harmless.add(script, highest[i]!)
      // What happens on one day only would make that weekday look worse.
      if (script === null) week.add(series.thing, time + origin.offsetMs, highest[i]!)
    })
  }

  close(): Breakdown {
    const all = [...this.#harmless].map(([script, hours]) => ({ script, hours }))
    const harmless = all.filter(({ script }) => script !== null)
    const others = all.filter(({ script }) => script === null)
    return {
      scripts: SCRIPT_NAMES.flatMap((script) =>
        STRENGTHS.flatMap((strength) => {
          const events = this.#scripts.get(`${script} ${strength}`)
          return events.all === 0 ? [] : [{ script, strength, events }]
        }),
      ),
      metrics: [...this.#hoursOf].map(([metric, hours]) => ({
        metric,
        events: this.#eventsOf.get(metric),
        hours,
      })),
      harmless: [...harmless, ...others],
      weekdays: { weekly: this.#weekly.rates(), others: this.#others.rates() },
    }
  }
}

/** By clock hour, the harmless stretch that touches it. */
function harmlessHours({ time }: Series, { harmless }: Origin): Map<number, BenignScript> {
  const hours = new Map<number, BenignScript>()
  for (const { span, script } of harmless) {
    for (let row = span[0]; row <= span[1]; row++)
      hours.set(Math.floor(time[row]! / HOUR_MS), script)
  }
  return hours
}

class Tallies<Key> implements Iterable<[Key, Tally]> {
  readonly #tallies = new Map<Key, Tally>()

  add(key: Key, score: number): void {
    const tally = this.get(key)
    this.#tallies.set(key, tally)
    tally.all++
    for (const level of CONFIDENCE_LEVELS) {
      if (score >= LEVEL_SCORE[level]) tally.reached[level]++
    }
  }

  get(key: Key): Tally {
    return this.#tallies.get(key) ?? { all: 0, reached: { LOW: 0, MEDIUM: 0, HIGH: 0 } }
  }

  [Symbol.iterator](): Iterator<[Key, Tally]> {
    return this.#tallies.entries()
  }
}
