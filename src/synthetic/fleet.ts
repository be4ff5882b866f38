import type { RandomStream } from '../stats/random.ts'
import { cosTurns, exp, log, sinTurns } from '../stats/elementary.ts'
import { NameTable, type Names } from '../columnar/name-table.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../domain/time.ts'
import type { Archetype } from './archetypes.ts'
import { type FleetOptions, sparseInterval } from './options.ts'
import { PURPOSE } from './purposes.ts'

/** Hours from UTC and the share of things that live by them. */
export const TIME_ZONES: readonly { hours: number; share: number }[] = [
  { hours: 0, share: 0.6 },
  { hours: -5, share: 0.25 },
  { hours: 8, share: 0.15 },
]

/** What sets each thing apart, one value per thing. */
export interface Things {
  count: number
  names: Names
  archetype: Uint8Array
  zone: Uint8Array
  /** From the step's start to the moment the thing reports, ms. */
  arrival: Float64Array
  /** From the step's start to the thing's timestamp, ms: the same by its own clock. */
  offset: Float64Array
  /** Level of its messages, before drift. */
  level: Float64Array
  /** Expected growth of the level's logarithm per day. */
  trend: Float64Array
  /** Amplitude of the daily season in [0, 1], and cos, sin of its phase for one and two cycles a day. */
  amplitude: Float64Array
  phase: Float64Array
  /** Size of the negative binomial of its messages: 1 / dispersion. */
  size: Float64Array
  /** Mean of the logarithm of its message size in bytes. */
  messageSize: Float64Array
  /** P(no authorization failure). */
  quietAuthorization: Float64Array
  flaps: Uint8Array
  tcpPorts: Uint8Array
  udpPorts: Uint8Array
  /** Where in the day, in [0, 1), the log upload and the firmware download fall. */
  uploadAt: Float64Array
  downloadAt: Float64Array
  /** Reports on every n-th step only, at this remainder. */
  every: Int32Array
  remainder: Int32Array
  sleeps: Uint8Array
}

const PORT_COUNTS = [1, 2, 3, 5]
/** The season's peak comes six hours after this local hour. */
const SEASON_START_HOURS = 8
/** Beyond it a Pareto factor is cut, so that one thing does not outweigh a fleet. */
const MAX_PARETO = 100

export function thingsOf(
  options: FleetOptions,
  archetypes: readonly Archetype[],
  random: RandomStream,
): Things {
  const things = emptyThings(options.things)
  const table = new NameTable(options.things)
  for (let thing = 0; thing < options.things; thing++) {
    random.seek(thing, PURPOSE.parameters, 0)
    things.archetype[thing] = pick(archetypes, (archetype) => archetype.weight, random.uniform())
    things.zone[thing] = pick(TIME_ZONES, (zone) => zone.share, random.uniform())
    drawTraffic(things, thing, random)
    drawSeason(things, thing, random)
    drawDevice(things, thing, random)
    drawReporting(things, thing, options, random)
    table.codeOfString(
      `${archetypes[things.archetype[thing]!]!.name}-${String(thing).padStart(6, '0')}`,
    )
  }
  things.names = table.snapshot()
  return things
}

function pick<T>(items: readonly T[], share: (item: T) => number, uniform: number): number {
  let left = uniform
  for (let i = 0; i < items.length - 1; i++) {
    left -= share(items[i]!)
    if (left < 0) return i
  }
  return items.length - 1
}

function drawTraffic(things: Things, thing: number, random: RandomStream): void {
  let level = exp(0.6 * random.normal())
  const heavy = random.chance(0.03)
  const factor = random.pareto(1.5)
  if (heavy) level *= Math.min(MAX_PARETO, factor)
  things.level[thing] = level
  things.trend[thing] = 0.005 * random.normal()
  things.size[thing] = 1 / Math.max(0.02, random.gamma(2, 0.5))
  things.messageSize[thing] = log(random.logBetween(120, 4_000))
}

function drawSeason(things: Things, thing: number, random: RandomStream): void {
  things.amplitude[thing] = random.beta(2, 3)
  const turns = (SEASON_START_HOURS + random.normal()) / 24
  things.phase[thing * 4] = cosTurns(turns)
  things.phase[thing * 4 + 1] = sinTurns(turns)
  things.phase[thing * 4 + 2] = cosTurns(2 * turns)
  things.phase[thing * 4 + 3] = sinTurns(2 * turns)
}

function drawDevice(things: Things, thing: number, random: RandomStream): void {
  things.quietAuthorization[thing] = random.chance(0.05) ? 0.9 : 0.985
  things.flaps[thing] = random.chance(0.04) ? 1 : 0
  things.tcpPorts[thing] = PORT_COUNTS[random.below(4)]!
  things.udpPorts[thing] = PORT_COUNTS[random.below(4)]!
  things.uploadAt[thing] = random.below(24) / 24
  things.downloadAt[thing] = random.uniform()
}

function drawReporting(
  things: Things,
  thing: number,
  options: FleetOptions,
  random: RandomStream,
): void {
  const interval = sparseInterval(options)
  const phase = random.below(options.cadenceMs)
  const skew = Math.round(random.normal() * 20_000)
  const hourOff = random.uniform()
  const sparse = random.chance(0.03)
  const sleeps = random.chance(0.02)
  const remainder = random.below(interval)
  const hour = hourOff < 0.005 ? -HOUR_MS : hourOff < 0.01 ? HOUR_MS : 0
  const { clean, fleet } = options
  things.arrival[thing] = phase
  things.offset[thing] = clean ? phase : phase + skew + hour
  const every = fleet === 'sparse' || (sparse && !clean) ? interval : 1
  things.every[thing] = every
  things.remainder[thing] = remainder % every
  things.sleeps[thing] = sleeps && !clean ? 1 : 0
}

function emptyThings(count: number): Things {
  return {
    count,
    names: { count: 0, bytes: new Uint8Array(0), offsets: new Int32Array(1) },
    archetype: new Uint8Array(count),
    zone: new Uint8Array(count),
    arrival: new Float64Array(count),
    offset: new Float64Array(count),
    level: new Float64Array(count),
    trend: new Float64Array(count),
    amplitude: new Float64Array(count),
    phase: new Float64Array(count * 4),
    size: new Float64Array(count),
    messageSize: new Float64Array(count),
    quietAuthorization: new Float64Array(count),
    flaps: new Uint8Array(count),
    tcpPorts: new Uint8Array(count),
    udpPorts: new Uint8Array(count),
    uploadAt: new Float64Array(count),
    downloadAt: new Float64Array(count),
    every: new Int32Array(count),
    remainder: new Int32Array(count),
    sleeps: new Uint8Array(count),
  }
}

/** Whether the thing has a datapoint at this step at all, were nothing lost. */
export function reportsAt(things: Things, thing: number, step: number): boolean {
  const every = things.every[thing]!
  return every === 1 || step % every === things.remainder[thing]
}

/** Whether something that falls at `at` (a part of a day) comes in this step's report. */
export function fallsInto(
  things: Things,
  thing: number,
  at: number,
  stepOfDay: number,
  stepsPerDay: number,
): boolean {
  const every = things.every[thing]!
  const due = Math.floor(at * stepsPerDay)
  return every === 1 ? due === stepOfDay : Math.floor(due / every) === Math.floor(stepOfDay / every)
}

/** The step of this day in whose report something at `at` (a part of a day) comes; -1 if there is none. */
export function stepWithin(
  things: Things,
  thing: number,
  at: number,
  day: number,
  stepsPerDay: number,
): number {
  for (let stepOfDay = 0; stepOfDay < stepsPerDay; stepOfDay++) {
    const step = day * stepsPerDay + stepOfDay
    if (reportsAt(things, thing, step) && fallsInto(things, thing, at, stepOfDay, stepsPerDay)) {
      return step
    }
  }
  return -1
}

/** Event time of the thing's datapoint of this step. */
export function timeOf(options: FleetOptions, things: Things, thing: number, step: number): number {
  return options.start + step * options.cadenceMs + things.offset[thing]!
}

export function stepsPerDay(options: FleetOptions): number {
  return Math.max(1, Math.round(DAY_MS / options.cadenceMs))
}

/** Factor from amounts per five minutes to amounts per step. */
export function perStep(options: FleetOptions): number {
  return options.cadenceMs / (5 * MINUTE_MS)
}
