import type { RandomStream } from '../stats/random.ts'
import { exp, log } from '../stats/elementary.ts'
import { MINUTE_MS } from '../domain/time.ts'
import type { Calendar } from './calendar.ts'
import type { Archetype } from './archetypes.ts'
import { stepsPerDay, type Things } from './fleet.ts'
import { Imperfection } from './imperfection.ts'
import { firstEvaluatedStep, type FleetOptions, stepsOf } from './options.ts'
import { FLEET, FLEET_PURPOSE, PURPOSE } from './purposes.ts'
import {
  CAMPAIGN_SCRIPTS,
  GROUP_SCRIPTS,
  type Script,
  type ScriptName,
  scriptOf,
  STRENGTHS,
} from './scripts.ts'

/** One incident at one thing. Steps are inclusive. */
export interface Incident {
  thing: number
  script: Script
  /** 0 loud, 1 medium, 2 quiet. */
  strength: number
  /** When it begins and ends, by plan. */
  from: number
  to: number
  /** The first and the last datapoint that fall into it. */
  first: number
  last: number
}

/**
 * One incident per thing and 40 days: 0.175 in an evaluation week. A botnet campaign takes about
 * 0.045 of it, a firmware regression as much, and the rest goes to groups of a few things: one
 * group per week and block of things. Who takes part is drawn per thing or per block, never from the
 * size of the fleet, so that a thing's incidents stay when the fleet grows.
 */
const BLOCK_THINGS = 24
/** Sizes of the groups and how often: two on average. */
const GROUP_SIZES: readonly number[] = [0.45, 0.25, 0.15, 0.1, 0.05]
const BOTNET_PART = { min: 0.02, max: 0.2 }
/** Of an archetype; but never more than this part of the whole fleet, or little would stay clean. */
const REGRESSION_PART = { min: 0.2, max: 0.6, ofFleet: 0.05 }
const BOTNET_JITTER_MS = 20 * MINUTE_MS
/** Between two incidents of a thing, so that they can be told apart. */
const APART_MS = 6 * 60 * MINUTE_MS
const DAYS_PER_ROUND = 7

/** All incidents, by thing and time; none overlap on a thing, each has at least one datapoint. */
export function planIncidents(
  options: FleetOptions,
  things: Things,
  archetypes: readonly Archetype[],
  calendar: Calendar,
  random: RandomStream,
): Incident[] {
  const begin = firstEvaluatedStep(options)
  const steps = stepsOf(options) - begin
  if (!options.incidents || steps === 0) return []
  const plan = new Plan(options, things, archetypes, random)
  const rounds = steps / (DAYS_PER_ROUND * stepsPerDay(options))
  for (let round = 0; round < rounds; round++) {
    const part = Math.min(1, rounds - round)
    const length = Math.round(steps / rounds)
    const from = begin + round * length
    plan.round(round, from, Math.min(from + length, begin + steps), part)
  }
  const imperfection = new Imperfection(options, things, calendar, random)
  return plan.settled().filter((incident) => observe(incident, imperfection))
}

class Plan {
  readonly #options: FleetOptions
  readonly #things: Things
  readonly #archetypes: readonly Archetype[]
  readonly #random: RandomStream
  readonly #incidents: Incident[] = []

  constructor(
    options: FleetOptions,
    things: Things,
    archetypes: readonly Archetype[],
    random: RandomStream,
  ) {
    this.#options = options
    this.#things = things
    this.#archetypes = archetypes
    this.#random = random
  }

  /** Incidents of the steps [from, to): `part` of a week. */
  round(round: number, from: number, to: number, part: number): void {
    for (const [index, name] of CAMPAIGN_SCRIPTS.entries()) {
      this.#campaign(name, round * CAMPAIGN_SCRIPTS.length + index, round, from, to, part)
    }
    const blocks = Math.ceil(this.#things.count / BLOCK_THINGS)
    for (let block = 0; block < blocks; block++) this.#group(block, round, from, to, part)
  }

  /** By thing and time; where two come too close, the one planned first stays. */
  settled(): Incident[] {
    const apart = Math.ceil(APART_MS / this.#options.cadenceMs)
    const kept: Incident[] = []
    const byThing = new Map<number, Incident[]>()
    for (const incident of this.#incidents) {
      const others = byThing.get(incident.thing) ?? []
      if (others.some((o) => incident.from <= o.to + apart && o.from <= incident.to + apart)) {
        continue
      }
      others.push(incident)
      byThing.set(incident.thing, others)
      kept.push(incident)
    }
    return kept.sort((a, b) => a.thing - b.thing || a.from - b.from)
  }

  #campaign(
    name: ScriptName,
    index: number,
    round: number,
    from: number,
    to: number,
    part: number,
  ): void {
    const random = this.#random.seek(FLEET, FLEET_PURPOSE.campaign, index)
    const script = scriptOf(name)
    const strength = (random.below(STRENGTHS.length) + round) % STRENGTHS.length
    const [start, end] = this.#period(script, from, to)
    const botnet = name === 'ddos-botnet'
    const chosen = random.below(this.#archetypes.length)
    const share = botnet ? this.#botnetPart() : this.#regressionPart(this.#archetypes[chosen]!)
    const jitter = botnet ? Math.floor(BOTNET_JITTER_MS / this.#options.cadenceMs) + 1 : 1
    for (let thing = 0; thing < this.#things.count; thing++) {
      if (!botnet && this.#things.archetype[thing] !== chosen) continue
      random.seek(thing, PURPOSE.joins, index)
      if (!random.chance(share * part)) continue
      const shifted = start + random.below(jitter)
      if (shifted < to) this.#add(thing, script, strength, shifted, end)
    }
  }

  /** Between 2 and 20 % of the fleet, mostly near the lower end. */
  #botnetPart(): number {
    const u = this.#random.uniform()
    const { min, max } = BOTNET_PART
    return min * exp(log(max / min) * u * u * u)
  }

  #regressionPart(archetype: Archetype): number {
    const drawn = this.#random.between(REGRESSION_PART.min, REGRESSION_PART.max)
    return Math.min(drawn, REGRESSION_PART.ofFleet / archetype.weight)
  }

  #group(block: number, round: number, from: number, to: number, part: number): void {
    const [script, strength] = this.#dealt(block, round)
    const random = this.#random.seek(FLEET, FLEET_PURPOSE.block, block * 4_096 + round)
    if (!random.chance(part)) return
    const size = Math.min(script.maxThings, drawSize(random.uniform()))
    const [start, end] = this.#period(script, from, to)
    const members = Array.from({ length: BLOCK_THINGS }, (_, place) => place)
    for (let i = 0; i < size; i++) {
      const j = i + random.below(BLOCK_THINGS - i)
      const member = members[j]!
      members[j] = members[i]!
      const thing = block * BLOCK_THINGS + member
      if (thing < this.#things.count) this.#add(thing, script, strength, start, end)
    }
  }

  /** Scripts are dealt to the blocks like cards, each once per deal; the strength changes by deal. */
  #dealt(block: number, round: number): [Script, number] {
    const deal = Math.floor(block / GROUP_SCRIPTS.length)
    const random = this.#random.seek(FLEET, FLEET_PURPOSE.bag, deal * 4_096 + round)
    const cards = GROUP_SCRIPTS.map((_, index) => index)
    for (let i = cards.length - 1; i > 0; i--) {
      const j = random.below(i + 1)
      const card = cards[i]!
      cards[i] = cards[j]!
      cards[j] = card
    }
    const script = cards[block % cards.length]!
    const first = this.#random.seek(FLEET, FLEET_PURPOSE.bag, -1 - script).below(STRENGTHS.length)
    return [scriptOf(GROUP_SCRIPTS[script]!), (first + deal + round) % STRENGTHS.length]
  }

  /** First and last step: uniform among the places where it fits into [from, to). */
  #period(script: Script, from: number, to: number): [number, number] {
    const random = this.#random
    const ms = random.logBetween(script.minMs, script.maxMs)
    const length = Math.min(to - from, Math.max(1, Math.round(ms / this.#options.cadenceMs)))
    const start = from + random.below(to - from - length + 1)
    return [start, start + length - 1]
  }

  #add(thing: number, script: Script, strength: number, from: number, to: number): void {
    // A thing that seldom reports is to be seen in it twice.
    const seen = Math.max(to, from + 2 * this.#things.every[thing]! - 1)
    const last = Math.min(seen, stepsOf(this.#options) - 1)
    this.#incidents.push({ thing, script, strength, from, to: last, first: -1, last: -1 })
  }
}

function drawSize(uniform: number): number {
  let left = uniform
  for (const [index, share] of GROUP_SIZES.entries()) {
    left -= share
    if (left < 0) return index + 1
  }
  return GROUP_SIZES.length
}

/** Finds the incident's first and last datapoint; false if none of its datapoints arrives. */
function observe(incident: Incident, imperfection: Imperfection): boolean {
  for (let step = incident.from; step <= incident.to; step++) {
    if (!imperfection.visit(incident.thing, step) || imperfection.reset) continue
    if (incident.first < 0) incident.first = step
    incident.last = step
  }
  return incident.first >= 0
}
