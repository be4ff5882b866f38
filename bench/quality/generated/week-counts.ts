import {
  CONFIDENCE_LEVELS,
  type ConfidenceLevel,
  LEVEL_SCORE,
} from '../../../src/domain/behavior.ts'
import { dayOf } from '../../../src/domain/time.ts'

/** From Monday to Sunday. */
export const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const
const TUESDAY = 1
const SATURDAY = 5
const HOURS_PER_DAY = 24

/** False alarms by local weekday. */
export interface WeekRates {
  things: number
  levels: Record<ConfidenceLevel, LevelWeek>
}

interface LevelWeek {
  /** False-alarm hours per series and day, from Monday to Sunday. */
  rates: number[]
  /** False-alarm hours counted on Saturdays, and on Tuesdays. */
  saturdays: number
  tuesdays: number
  /** A Saturday's rate by a Tuesday's; NaN when neither has any. */
  ratio: number
  /**
   * Mean over the things of the difference between their Saturdays' and their Tuesdays' rates, in
   * standard errors of that mean: within -2 and 2 there is none to be seen.
   */
  errors: number
}

/** Hours and false alarms by thing and weekday. */
export class WeekCounts {
  /** By thing: hours, then those that reach LOW, MEDIUM, HIGH, each by weekday. */
  readonly #things = new Map<string, Float64Array[]>()

  /** `time` is local. */
  add(thing: string, time: number, score: number): void {
    let own = this.#things.get(thing)
    if (own === undefined) {
      own = [null, ...CONFIDENCE_LEVELS].map(() => new Float64Array(WEEKDAYS.length))
      this.#things.set(thing, own)
    }
    const weekday = mondayFirst(time)
    own[0]![weekday]!++
    CONFIDENCE_LEVELS.forEach((level, i) => {
      if (score >= LEVEL_SCORE[level]) own[i + 1]![weekday]!++
    })
  }

  /** Null of no hours. */
  rates(): WeekRates | null {
    const things = [...this.#things.values()]
    if (things.length === 0) return null
    const hours = summed(things.map((own) => own[0]!))
    const weeks = CONFIDENCE_LEVELS.map((level, i): [ConfidenceLevel, LevelWeek] => {
      const counts = summed(things.map((own) => own[i + 1]!))
      const rates = [...counts].map((count, day) => (HOURS_PER_DAY * count) / hours[day]!)
      const differences = things.map((own) => rateOf(own, i, SATURDAY) - rateOf(own, i, TUESDAY))
      return [
        level,
        {
          rates,
          saturdays: counts[SATURDAY]!,
          tuesdays: counts[TUESDAY]!,
          ratio: rates[SATURDAY]! / rates[TUESDAY]!,
          errors: meanInErrors(differences.filter((value) => !Number.isNaN(value))),
        },
      ]
    })
    const levels = Object.fromEntries(weeks) as Record<ConfidenceLevel, LevelWeek>
    return { things: things.length, levels }
  }
}

/** 0 is Monday. */
function mondayFirst(time: number): number {
  // 1970 began on a Thursday.
  return (dayOf(time) + 3) % WEEKDAYS.length
}

function rateOf(own: readonly Float64Array[], level: number, weekday: number): number {
  return (HOURS_PER_DAY * own[level + 1]![weekday]!) / own[0]![weekday]!
}

function summed(columns: readonly Float64Array[]): Float64Array {
  const sums = new Float64Array(WEEKDAYS.length)
  for (const column of columns) column.forEach((value, i) => (sums[i]! += value))
  return sums
}

/** The mean of numbers by its standard error; NaN where they do not differ. */
function meanInErrors(values: readonly number[]): number {
  const count = values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return squares === 0 ? Number.NaN : mean / Math.sqrt(squares / (count - 1) / count)
}
