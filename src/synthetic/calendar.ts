import type { RandomStream } from '../stats/random.ts'
import { cosTurns, sinTurns } from '../stats/elementary.ts'
import { DAY_MS, HOUR_MS } from '../domain/time.ts'
import { stepsPerDay, TIME_ZONES } from './fleet.ts'
import { firstEvaluatedStep, type FleetOptions, stepsOf } from './options.ts'
import { FLEET, FLEET_PURPOSE } from './purposes.ts'

/** What befalls the whole fleet without being an attack; -1 where a seed has none. */
export interface FleetEvents {
  /** Day, counted from the start, that is kept like a Sunday. */
  holiday: number
  /** Step from which new firmware makes the fleet busier, for good, and by which factor. */
  rollout: number
  rolloutFactor: number
  /** Step from which the clocks of one time zone run an hour ahead. */
  clockChange: number
  /** First day on which things download firmware; again every 30 days. */
  download: number
}

/** The time zone (index) whose clocks change. */
export const CHANGING_ZONE = 1
export const DOWNLOAD_PERIOD_DAYS = 30

/** Three days into the evaluation: day 17 of 21. */
const ROLLOUT_DAY = 3

export function fleetEvents(options: FleetOptions, random: RandomStream): FleetEvents {
  const perDay = stepsPerDay(options)
  const first = firstEvaluatedStep(options)
  const firstDay = Math.ceil(first / perDay)
  const days = Math.floor(stepsOf(options) / perDay) - firstDay
  const events = { holiday: -1, rollout: -1, rolloutFactor: 1, clockChange: -1, download: -1 }
  random.seek(FLEET, FLEET_PURPOSE.rollout, 0)
  if (random.chance(0.3) && days > ROLLOUT_DAY) {
    events.rollout = (firstDay + ROLLOUT_DAY) * perDay
    events.rolloutFactor = random.between(1.1, 1.6)
  }
  random.seek(FLEET, FLEET_PURPOSE.holiday, 0)
  // Only a weekday, and not that of the roll-out, makes a holiday hard.
  if (random.chance(0.3) && days > 1) {
    const drawn = firstDay + random.below(days)
    events.holiday = nextWeekday(options, drawn, events.rollout / perDay, firstDay + days)
  }
  random.seek(FLEET, FLEET_PURPOSE.clockChange, 0)
  if (random.chance(0.2) && days > 1) {
    const day = firstDay + random.below(days)
    if (day !== events.holiday && day * perDay !== events.rollout) events.clockChange = day * perDay
  }
  events.download = random.seek(FLEET, FLEET_PURPOSE.download, 0).below(DOWNLOAD_PERIOD_DAYS)
  return events
}

function nextWeekday(options: FleetOptions, from: number, except: number, end: number): number {
  for (let day = from; day < end; day++) {
    if (day !== except && !isWeekend(options.start + day * DAY_MS)) return day
  }
  return -1
}

function isWeekend(time: number): boolean {
  const weekday = (Math.floor(time / DAY_MS) + 4) % 7
  return weekday === 0 || weekday === 6
}

/** The state of the clocks at one step, by time zone. Visit any step with `moveTo`. */
export class Calendar {
  step = -1
  day = 0
  stepOfDay = 0
  readonly stepsPerDay: number
  /** sin and cos of the local time of day, for one and two cycles a day: four values per zone. */
  readonly wave: Float64Array = new Float64Array(TIME_ZONES.length * 4)
  readonly weekend: Uint8Array = new Uint8Array(TIME_ZONES.length)
  /** Whole local hour. */
  readonly hour: Uint8Array = new Uint8Array(TIME_ZONES.length)
  /** Factor of the fleet-wide roll-out. */
  level = 1
  readonly events: FleetEvents
  readonly #options: FleetOptions

  constructor(options: FleetOptions, events: FleetEvents) {
    this.#options = options
    this.events = events
    this.stepsPerDay = stepsPerDay(options)
    this.moveTo(0)
  }

  moveTo(step: number): void {
    if (step === this.step) return
    const { rollout, rolloutFactor } = this.events
    this.step = step
    this.day = Math.floor(step / this.stepsPerDay)
    this.stepOfDay = step - this.day * this.stepsPerDay
    this.level = rollout >= 0 && step >= rollout ? rolloutFactor : 1
    for (let zone = 0; zone < TIME_ZONES.length; zone++) {
      const local = this.#localTime(step, zone)
      const turns = (local % DAY_MS) / DAY_MS
      this.wave[zone * 4] = sinTurns(turns)
      this.wave[zone * 4 + 1] = cosTurns(turns)
      this.wave[zone * 4 + 2] = sinTurns(2 * turns)
      this.wave[zone * 4 + 3] = cosTurns(2 * turns)
      this.hour[zone] = Math.floor(turns * 24)
      this.weekend[zone] = this.isHoliday(step, zone) || isWeekend(local) ? 1 : 0
    }
  }
  /** Whole local hour of any step. */
  hourAt(step: number, zone: number): number {
    return Math.floor((this.#localTime(step, zone) % DAY_MS) / HOUR_MS)
  }

  isHoliday(step: number, zone: number): boolean {
    const { holiday } = this.events
    if (holiday < 0) return false
    return Math.floor((this.#localTime(step, zone) - this.#options.start) / DAY_MS) === holiday
  }

  #localTime(step: number, zone: number): number {
    const { clockChange } = this.events
    const summer = zone === CHANGING_ZONE && clockChange >= 0 && step >= clockChange ? 1 : 0
    const { start, cadenceMs } = this.#options
    return start + step * cadenceMs + (TIME_ZONES[zone]!.hours + summer) * HOUR_MS
  }
}
