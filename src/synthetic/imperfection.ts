import type { RandomStream } from '../stats/random.ts'
import { HOUR_MS, DAY_MS, MINUTE_MS } from '../domain/time.ts'
import type { Calendar } from './calendar.ts'
import { reportsAt, stepsPerDay, type Things } from './fleet.ts'
import type { FleetOptions } from './options.ts'
import { NETWORK_SLOTS, SLOT } from './metrics.ts'
import { PURPOSE } from './purposes.ts'

const MISSING = 0.005
const SOMEWHAT_LATE = 0.015
const VERY_LATE = 0.001
const REPEATED = 0.002
const RESETS_PER_DAY = 0.05
const OUTAGES_PER_DAY = 0.05
const OUTAGE_MEAN_MS = 2 * HOUR_MS
const LATE_MEAN_MS = 15 * MINUTE_MS
const VERY_LATE_MS = 6 * HOUR_MS
const SLEEP_UNTIL_HOUR = 6

/** What becomes of a thing's report of one step on its way. */
export class Imperfection {
  /** How many steps later the last visited report arrives; 0 is in time. */
  delay = 0
  repeated = false
  reset = false
  readonly #options: FleetOptions
  readonly #things: Things
  readonly #calendar: Calendar
  readonly #random: RandomStream
  readonly #resetChance: number
  /** The outage that each thing is in or comes to next: first and last step, and its number. */
  readonly #first: Float64Array
  readonly #last: Float64Array
  readonly #number: Int32Array
  readonly #reconnects: Uint8Array

  constructor(options: FleetOptions, things: Things, calendar: Calendar, random: RandomStream) {
    const { count } = things
    this.#calendar = calendar
    this.#options = options
    this.#things = things
    this.#random = random
    this.#resetChance = RESETS_PER_DAY / stepsPerDay(options)
    this.#first = new Float64Array(count)
    this.#last = new Float64Array(count).fill(-1)
    this.#number = new Int32Array(count).fill(-1)
    this.#reconnects = new Uint8Array(count)
    for (let thing = 0; thing < count; thing++) this.#nextOutage(thing)
  }

  /**
   * Whether the thing's report of this step arrives at all, and if so, how: the fields. A thing's
   * steps must be visited in ascending order; leaving some out is fine.
   */
  visit(thing: number, step: number): boolean {
    this.delay = 0
    this.repeated = false
    this.reset = false
    if (!reportsAt(this.#things, thing, step)) return false
    if (this.#options.clean) return true
    while (step > this.#last[thing]!) {
      this.#nextOutage(thing)
      this.#reconnects[thing] = 1
    }
    if (step >= this.#first[thing]! || this.#asleep(thing, step)) return false
    return this.#deliver(thing, step)
  }

  /** Changes the values as they are measured: the rush to reconnect, and counters that start anew. */
  distort(thing: number, step: number, values: Float64Array): void {
    if (this.#reconnects[thing] === 1) {
      this.#reconnects[thing] = 0
      const burst = 2 + this.#random.seek(thing, PURPOSE.outages, -1 - step).below(5)
      values[SLOT.connectionAttempts] = values[SLOT.connectionAttempts]! + burst
    }
    if (this.reset) for (const slot of NETWORK_SLOTS) values[slot] = 0
  }

  #asleep(thing: number, step: number): boolean {
    const { sleeps, zone } = this.#things
    return sleeps[thing] === 1 && this.#calendar.hourAt(step, zone[thing]!) < SLEEP_UNTIL_HOUR
  }

  #deliver(thing: number, step: number): boolean {
    const random = this.#random.seek(thing, PURPOSE.delivery, step)
    const fate = random.uniform()
    if (fate < MISSING) return false
    if (fate < MISSING + SOMEWHAT_LATE) this.#delayBy(random.exponential(LATE_MEAN_MS))
    else if (fate < MISSING + SOMEWHAT_LATE + VERY_LATE) this.#delayBy(VERY_LATE_MS)
    this.repeated = random.uniform() < REPEATED
    this.reset = random.uniform() < this.#resetChance
    return true
  }

  #delayBy(ms: number): void {
    this.delay = Math.max(1, Math.ceil(ms / this.#options.cadenceMs))
  }

  #nextOutage(thing: number): void {
    const number = this.#number[thing]! + 1
    const random = this.#random.seek(thing, PURPOSE.outages, number)
    const { cadenceMs } = this.#options
    const gap = random.exponential(DAY_MS / OUTAGES_PER_DAY)
    const first = this.#last[thing]! + 1 + Math.ceil(gap / cadenceMs)
    this.#number[thing] = number
    this.#first[thing] = first
    this.#last[thing] = first + Math.ceil(random.exponential(OUTAGE_MEAN_MS) / cadenceMs) - 1
  }
}
