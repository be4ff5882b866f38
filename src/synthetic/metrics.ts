import type { RandomStream } from '../stats/random.ts'
import { exp } from '../stats/elementary.ts'
import { DAY_MS, MINUTE_MS } from '../domain/time.ts'
import { type Calendar, DOWNLOAD_PERIOD_DAYS } from './calendar.ts'
import type { Archetype } from './archetypes.ts'
import { fallsInto, perStep, type Things } from './fleet.ts'
import type { FleetOptions } from './options.ts'
import { PURPOSE } from './purposes.ts'

/** Place of each metric in a thing's vector of values: the order of ML_METRICS. */
export const SLOT = {
  authorizationFailures: 0,
  connectionAttempts: 1,
  disconnects: 2,
  messageSize: 3,
  sent: 4,
  received: 5,
  bytesOut: 6,
  bytesIn: 7,
  packetsOut: 8,
  packetsIn: 9,
  tcpPorts: 10,
  udpPorts: 11,
  connections: 12,
} as const
export const SLOTS = 13
/** The slots of counters that count since the last report. */
export const NETWORK_SLOTS: readonly number[] = [
  SLOT.bytesOut,
  SLOT.bytesIn,
  SLOT.packetsOut,
  SLOT.packetsIn,
]

/** Of the gamma behind the two message counts, the share they have in common: their correlation. */
const COMMON_TRAFFIC = 0.7
/** AWS IoT Core refuses larger messages. */
const MAX_MESSAGE_BYTES = 131_072
const MIN_SEASON = 0.05
/** Nights, for things whose connection then flaps: from 22 to 6 by local time. */
const NIGHT_FROM = 22
const NIGHT_UNTIL = 6
const PORT_OPENINGS_PER_DAY = 1 / 30

/**
 * The thirteen normal models. Every draw is addressed by (thing, purpose, step), so that a value does
 * not depend on which others were asked for, except for the level's random walk, which `startDay`
 * carries forward a day at a time.
 */
export class NormalModels {
  /** The values of the thing visited last, by slot: whole numbers. */
  readonly values: Float64Array = new Float64Array(SLOTS)
  readonly #things: Things
  readonly #archetypes: readonly Archetype[]
  readonly #random: RandomStream
  readonly #calendar: Calendar
  readonly #perStep: number
  readonly #cadenceMs: number
  /** Random walk of the level's logarithm, and today's level. */
  readonly #walk: Float64Array
  readonly #level: Float64Array

  constructor(
    options: FleetOptions,
    things: Things,
    archetypes: readonly Archetype[],
    calendar: Calendar,
    random: RandomStream,
  ) {
    this.#things = things
    this.#archetypes = archetypes
    this.#calendar = calendar
    this.#random = random
    this.#perStep = perStep(options)
    this.#cadenceMs = options.cadenceMs
    this.#walk = new Float64Array(things.count)
    this.#level = things.level.slice()
  }

  /** Takes the levels a day further: trend and random walk. To be called for days 1, 2, ... in order. */
  startDay(day: number): void {
    const { count, level, trend } = this.#things
    for (let thing = 0; thing < count; thing++) {
      const step = 0.01 * this.#random.seek(thing, PURPOSE.drift, day).normal()
      const walk = this.#walk[thing]! + step
      this.#walk[thing] = walk
      this.#level[thing] = level[thing]! * exp(trend[thing]! * day + walk)
    }
  }

  /** Fills `values` for this thing at the calendar's step. */
  visit(thing: number): void {
    const archetype = this.#archetypes[this.#things.archetype[thing]!]!
    const season = this.#season(thing, archetype)
    const level = this.#level[thing]! * this.#calendar.level
    const amount = archetype.scale * this.#calendar.level * this.#perStep
    this.#messages(thing, archetype, level * season)
    this.#session(thing, level)
    this.#traffic(thing, archetype, amount, season)
    this.#ports(thing, season)
  }

  /** Daily season times the weekend's factor, at least 0.05. */
  #season(thing: number, archetype: Archetype): number {
    const { amplitude, phase, zone } = this.#things
    const clock = zone[thing]!
    const { wave, weekend } = this.#calendar
    const w = clock * 4
    const p = thing * 4
    const once = wave[w]! * phase[p]! - wave[w + 1]! * phase[p + 1]!
    const twice = wave[w + 2]! * phase[p + 2]! - wave[w + 3]! * phase[p + 3]!
    const daily = 1 + amplitude[thing]! * (0.8 * once + 0.25 * twice)
    const factor = weekend[clock] === 1 ? archetype.weekend : 1
    return Math.max(MIN_SEASON, daily * factor)
  }

  #messages(thing: number, archetype: Archetype, level: number): void {
    const { values } = this
    const { step } = this.#calendar
    const random = this.#random
    const size = this.#things.size[thing]!
    const mean = (level * archetype.scale * this.#perStep) / size
    const common = random.seek(thing, PURPOSE.traffic, step).gamma(COMMON_TRAFFIC * size, 1)
    const own = (1 - COMMON_TRAFFIC) * size
    random.seek(thing, SLOT.sent, step)
    values[SLOT.sent] = random.poisson(mean * archetype.sent * (common + random.gamma(own, 1)))
    random.seek(thing, SLOT.received, step)
    values[SLOT.received] = random.poisson(
      mean * archetype.received * (common + random.gamma(own, 1)),
    )
    random.seek(thing, SLOT.messageSize, step)
    const large = random.chance(0.1) ? 8 : 1
    const bytes = large * random.logNormal(this.#things.messageSize[thing]!, 0.35)
    values[SLOT.messageSize] = Math.min(MAX_MESSAGE_BYTES, Math.round(bytes))
  }

  #session(thing: number, level: number): void {
    const { values } = this
    const { step, hour } = this.#calendar
    const { quietAuthorization, flaps, zone } = this.#things
    const random = this.#random
    const failures = random.seek(thing, SLOT.authorizationFailures, step)
    const fails = !failures.chance(quietAuthorization[thing]!)
    values[SLOT.authorizationFailures] = fails ? 1 + failures.geometric(0.6) : 0
    random.seek(thing, SLOT.connectionAttempts, step)
    values[SLOT.connectionAttempts] = random.poisson(0.15 * level * this.#perStep)
    const local = hour[zone[thing]!]!
    const night = local >= NIGHT_FROM || local < NIGHT_UNTIL
    const rate = flaps[thing] === 1 && night ? 1.2 : 0.05
    random.seek(thing, SLOT.disconnects, step)
    values[SLOT.disconnects] = random.poisson(rate * this.#perStep)
  }

  #traffic(thing: number, archetype: Archetype, amount: number, season: number): void {
    const { values } = this
    const { step, stepOfDay, stepsPerDay, day, events } = this.#calendar
    const { uploadAt, downloadAt } = this.#things
    const random = this.#random
    random.seek(thing, SLOT.bytesOut, step)
    let out = values[SLOT.sent]! * values[SLOT.messageSize]! + amount * random.logNormal(9, 0.8)
    if (fallsInto(this.#things, thing, uploadAt[thing]!, stepOfDay, stepsPerDay)) {
      out *= random.seek(thing, PURPOSE.upload, step).between(20, 60)
    }
    random.seek(thing, SLOT.bytesIn, step)
    let into = amount * season * random.logNormal(8, 0.9)
    if (
      day % DOWNLOAD_PERIOD_DAYS === events.download &&
      fallsInto(this.#things, thing, downloadAt[thing]!, stepOfDay, stepsPerDay)
    ) {
      into += random.seek(thing, PURPOSE.download, step).between(10e6, 80e6)
    }
    values[SLOT.bytesOut] = rounded(out, archetype.quantum)
    values[SLOT.bytesIn] = rounded(into, archetype.quantum)
    random.seek(thing, SLOT.packetsOut, step)
    values[SLOT.packetsOut] = packets(values[SLOT.bytesOut]!, random, this.#perStep)
    random.seek(thing, SLOT.packetsIn, step)
    values[SLOT.packetsIn] = packets(values[SLOT.bytesIn]!, random, this.#perStep)
  }

  #ports(thing: number, season: number): void {
    const { values } = this
    const { step } = this.#calendar
    const { tcpPorts, udpPorts } = this.#things
    values[SLOT.tcpPorts] = tcpPorts[thing]! + this.#opened(thing, SLOT.tcpPorts, step)
    values[SLOT.udpPorts] = udpPorts[thing]! + this.#opened(thing, SLOT.udpPorts, step)
    // One to the broker, and four more that are up or not.
    const more = this.#random.seek(thing, SLOT.connections, step).binomial(4, 0.2 * season)
    values[SLOT.connections] = 1 + more
  }

  /** 1 while a port more is open: once in 30 days, for less than 15 minutes. */
  #opened(thing: number, slot: number, step: number): number {
    const span = Math.max(1, Math.round((15 * MINUTE_MS) / this.#cadenceMs))
    const place = Math.floor(step / span)
    const random = this.#random.seek(thing, slot, place)
    const chance = (PORT_OPENINGS_PER_DAY * span * this.#cadenceMs) / DAY_MS
    if (random.uniform() >= chance) return 0
    return step % span < 1 + random.below(span) ? 1 : 0
  }
}

function packets(bytes: number, random: RandomStream, perStep: number): number {
  return Math.round(bytes / random.between(180, 900)) + random.poisson(20 * perStep)
}

/** To a whole multiple of the quantum, not below zero. */
export function rounded(value: number, quantum: number): number {
  return Math.max(0, Math.round(value / quantum) * quantum)
}
