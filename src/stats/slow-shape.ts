import { power } from './elementary.ts'

/** Days whose levels a series is compared with. */
export const DAYS_BACK = 14

/** By distance of datapoints in windows: weights of the newest datapoint in the slow averages. */
export interface SlowShape {
  /** Windows of a day. */
  perDay: number
  /** Of about three hours, of a day. */
  fast: Float64Array
  slow: Float64Array
  /** Datapoints that make a day known: a quarter of what there could be. */
  leastCount: Float64Array
}

const DATAPOINTS_PER_DAY = 288
const FAST = 2 / 37
const SLOW = 2 / 289

export function slowShape(perDay: number): SlowShape {
  const column = (of: (steps: number, distance: number) => number): Float64Array =>
    Float64Array.from({ length: perDay + 1 }, (_, distance) => {
      const apart = Math.max(1, distance)
      return of((apart * DATAPOINTS_PER_DAY) / perDay, apart)
    })
  const weight = (one: number): Float64Array => column((steps) => 1 - power(1 - one, steps))
  return {
    perDay,
    fast: weight(FAST),
    slow: weight(SLOW),
    leastCount: column((_, apart) => perDay / apart / 4),
  }
}
