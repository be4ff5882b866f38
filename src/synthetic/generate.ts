import { nameAt, type Names } from '../columnar/name-table.ts'
import { RandomStream } from '../stats/random.ts'
import { Calendar, type FleetEvents, fleetEvents } from './calendar.ts'
import { Effects } from './effects.ts'
import { type Archetype, archetypesOf } from './archetypes.ts'
import { type Rhythm, rhythmOf } from './rhythm.ts'
import { type Things, thingsOf, timeOf } from './fleet.ts'
import { ChunkWriter, type FleetChunk } from './fleet-chunk.ts'
import { type GroundTruth, groundTruthOf } from './ground-truth.ts'
import { Imperfection } from './imperfection.ts'
import { type Incident, planIncidents } from './incidents.ts'
import { LateQueue, type LateRows } from './late-rows.ts'
import { NormalModels, SLOT, SLOTS } from './metrics.ts'
import { ALL_METRICS, type FleetOptions, fleetOptions, stepsOf } from './options.ts'

export interface GeneratedFleet {
  options: FleetOptions
  /** Names of the things, by index. */
  things: readonly string[]
  names: Names
  metrics: readonly string[]
  /** By index of the thing. */
  rhythms: readonly Rhythm[]
  /** The datapoints in order of arrival, from the beginning at each call. Memory grows with the things only. */
  chunks(): Iterable<FleetChunk>
  groundTruth(): GroundTruth
}

/** What a run is made from. */
interface Plan {
  options: FleetOptions
  archetypes: readonly Archetype[]
  things: Things
  events: FleetEvents
  incidents: readonly Incident[]
}

/**
 * A fleet of things with known behavior and known incidents; the same options give the same
 * datapoints on every platform. Throws a usage error for options that make no fleet.
 */
export function generateFleet(given: Partial<FleetOptions> = {}): GeneratedFleet {
  const options = fleetOptions(given)
  const random = new RandomStream(options.seed)
  const archetypes = archetypesOf(options, random)
  const things = thingsOf(options, archetypes, random)
  const events = fleetEvents(options, random)
  const calendar = new Calendar(options, events)
  const incidents = planIncidents(options, things, archetypes, calendar, random)
  const plan = { options, archetypes, things, events, incidents }
  return {
    options,
    things: Array.from({ length: things.count }, (_, thing) => nameAt(things.names, thing)),
    names: things.names,
    metrics: options.metrics,
    rhythms: Array.from({ length: things.count }, (_, thing) =>
      rhythmOf(things, archetypes, thing),
    ),
    chunks: () => new Run(plan).chunks(),
    groundTruth: () => groundTruthOf(plan, new Calendar(options, events), random),
  }
}

class Run {
  readonly #plan: Plan
  readonly #calendar: Calendar
  readonly #models: NormalModels
  readonly #imperfection: Imperfection
  readonly #effects: Effects
  readonly #writer: ChunkWriter
  readonly #late: LateQueue = new LateQueue(SLOTS)
  /** Things by the moment within a step at which they report. */
  readonly #order: Int32Array
  /** Each thing's present or next incident, as an index; `#lastIncident` bounds them. */
  readonly #incident: Int32Array
  readonly #lastIncident: Int32Array
  readonly #ranges: Map<number, number> = new Map()

  constructor(plan: Plan) {
    const { options, archetypes, things, events, incidents } = plan
    const random = new RandomStream(options.seed)
    const slots = options.metrics.map((name) => ALL_METRICS.indexOf(name))
    this.#plan = plan
    this.#calendar = new Calendar(options, events)
    this.#models = new NormalModels(options, things, archetypes, this.#calendar, random)
    this.#imperfection = new Imperfection(options, things, this.#calendar, random)
    this.#effects = new Effects(options, things, archetypes, random, (thing) => this.#range(thing))
    this.#writer = new ChunkWriter(things.names, options.metrics, slots)
    const { arrival, count } = things
    this.#order = Int32Array.from({ length: count }, (_, thing) => thing)
    this.#order.sort((a, b) => arrival[a]! - arrival[b]! || a - b)
    this.#incident = new Int32Array(count)
    this.#lastIncident = new Int32Array(count).fill(-1)
    for (let i = incidents.length - 1; i >= 0; i--) {
      const { thing } = incidents[i]!
      if (this.#lastIncident[thing] === -1) this.#lastIncident[thing] = i
      this.#incident[thing] = i
    }
    this.#measureRanges()
  }

  *chunks(): Generator<FleetChunk> {
    const { options, things } = this.#plan
    const steps = stepsOf(options)
    const writer = this.#writer
    for (let step = 0; step < steps; step++) {
      this.#startStep(step)
      yield* this.#arrivals(step)
      for (let place = 0; place < things.count; place++) {
        this.#report(this.#order[place]!, step)
        if (writer.full) yield writer.take()
      }
    }
    for (let step = steps; step <= this.#late.lastStep(); step++) yield* this.#arrivals(step)
    if (!writer.empty) yield writer.take()
  }

  #startStep(step: number): void {
    this.#calendar.moveTo(step)
    const { day, stepOfDay } = this.#calendar
    if (day > 0 && stepOfDay === 0) this.#models.startDay(day)
  }

  /** What was sent in earlier steps and arrives at the start of this one. */
  *#arrivals(step: number): Generator<FleetChunk> {
    const rows: LateRows | null = this.#late.take(step)
    if (rows === null) return
    for (let i = 0; i < rows.count; i++) {
      this.#writer.add(rows.thing[i]!, rows.time[i]!, rows.values, i * SLOTS)
      if (this.#writer.full) yield this.#writer.take()
    }
  }

  /** Adds the thing's report of this step, if it is not lost, now or among those that come later. */
  #report(thing: number, step: number): void {
    const imperfection = this.#imperfection
    if (!imperfection.visit(thing, step)) return
    this.#models.visit(thing)
    const { values } = this.#models
    this.#disturb(thing, step, values)
    imperfection.distort(thing, step, values)
    const { options, things } = this.#plan
    const time = timeOf(options, things, thing, step)
    for (let copies = imperfection.repeated ? 2 : 1; copies > 0; copies--) {
      if (imperfection.delay > 0) this.#late.add(step + imperfection.delay, thing, time, values)
      else this.#writer.add(thing, time, values, 0)
    }
  }

  #disturb(thing: number, step: number, values: Float64Array): void {
    const last = this.#lastIncident[thing]!
    for (let index = this.#incident[thing]!; index <= last; index++) {
      const incident = this.#plan.incidents[index]!
      if (step < incident.first) return
      if (step <= incident.last) {
        this.#effects.apply(incident, step, values)
        return
      }
      this.#incident[thing] = index + 1
    }
  }

  #range(thing: number): number {
    return this.#ranges.get(thing) ?? 0
  }

  /** How far bytes-out range on the first day, for the things that will lose data in proportion. */
  #measureRanges(): void {
    const { incidents, things } = this.#plan
    const { stepsPerDay } = this.#calendar
    const values = this.#models.values
    for (const { thing, script } of incidents) {
      if (script.name !== 'slow-exfiltration' || this.#ranges.has(thing)) continue
      const upload = Math.floor(things.uploadAt[thing]! * stepsPerDay)
      const every = things.every[thing]!
      let low = Number.POSITIVE_INFINITY
      let high = 0
      for (let step = 0; step < stepsPerDay; step += Math.max(1, Math.floor(stepsPerDay / 96))) {
        if (Math.floor(step / every) === Math.floor(upload / every)) continue
        this.#calendar.moveTo(step)
        this.#models.visit(thing)
        low = Math.min(low, values[SLOT.bytesOut]!)
        high = Math.max(high, values[SLOT.bytesOut]!)
      }
      this.#ranges.set(thing, high - low)
    }
    this.#calendar.moveTo(0)
  }
}
