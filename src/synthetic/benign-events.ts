import type { EpochMs } from '../domain/time.ts'
import type { RandomStream } from '../stats/random.ts'
import { type Calendar, CHANGING_ZONE, DOWNLOAD_PERIOD_DAYS } from './calendar.ts'
import type { Archetype } from './archetypes.ts'
import { stepWithin, type Things, timeOf } from './fleet.ts'
import { Imperfection } from './imperfection.ts'
import { SLOT } from './metrics.ts'
import { ALL_METRICS, firstEvaluatedStep, type FleetOptions, stepsOf } from './options.ts'

export type BenignScript =
  | 'holiday'
  | 'fleet-rollout'
  | 'clock-change'
  | 'log-upload'
  | 'firmware-download'

/** Both ends inclusive. */
export type Period = readonly [start: EpochMs, end: EpochMs]

export interface BenignEvent {
  script: BenignScript
  /** `*` is the device. */
  metric: string
  period: Period
}

/** The hard negatives of the evaluated days, thing by thing in ascending order. */
export class BenignEvents {
  readonly #options: FleetOptions
  readonly #things: Things
  readonly #archetypes: readonly Archetype[]
  readonly #calendar: Calendar
  readonly #imperfection: Imperfection
  readonly #holidays: Map<number, Steps | null> = new Map()
  readonly #steps: number

  constructor(
    options: FleetOptions,
    things: Things,
    archetypes: readonly Archetype[],
    calendar: Calendar,
    random: RandomStream,
  ) {
    this.#options = options
    this.#things = things
    this.#archetypes = archetypes
    this.#calendar = calendar
    this.#imperfection = new Imperfection(options, things, calendar, random)
    this.#steps = stepsOf(options)
  }

  /** The thing's benign events, as far as its time is not taken by an incident or by an earlier one. */
  of(thing: number, incidents: readonly Period[]): BenignEvent[] {
    const taken = [...incidents]
    const events: BenignEvent[] = []
    for (const { script, metrics, first, last } of this.#candidates(thing)) {
      const free = without(this.#period(thing, first, last), taken)
      for (const period of free) {
        for (const metric of metrics) events.push({ script, metric, period })
      }
      taken.push(...free)
    }
    return events
  }

  #candidates(thing: number): Candidate[] {
    const { stepsPerDay, events } = this.#calendar
    const { rollout, clockChange } = events
    const candidates: Candidate[] = []
    const zone = this.#things.zone[thing]!
    const device = ['*']
    if (rollout >= 0) {
      const last = rollout + stepsPerDay - 1
      candidates.push({ script: 'fleet-rollout', metrics: device, first: rollout, last })
    }
    if (clockChange >= 0 && zone === CHANGING_ZONE) {
      const last = clockChange + stepsPerDay - 1
      candidates.push({ script: 'clock-change', metrics: device, first: clockChange, last })
    }
    const holiday = this.#holiday(zone)
    if (holiday !== null && this.#archetypes[this.#things.archetype[thing]!]!.weekend < 1) {
      candidates.push({ script: 'holiday', metrics: device, ...holiday })
    }
    this.#addTransfers(thing, candidates)
    return candidates
  }

  /** Uploads of the log and downloads of firmware: one datapoint each, if it arrives. */
  #addTransfers(thing: number, candidates: Candidate[]): void {
    const { stepsPerDay, events } = this.#calendar
    const firstDay = Math.ceil(firstEvaluatedStep(this.#options) / stepsPerDay)
    for (let day = firstDay; day * stepsPerDay < this.#steps; day++) {
      const upload = this.#transfer(thing, 'log-upload', UPLOADED, this.#things.uploadAt, day)
      const downloads = day % DOWNLOAD_PERIOD_DAYS === events.download
      const download = downloads
        ? this.#transfer(thing, 'firmware-download', DOWNLOADED, this.#things.downloadAt, day)
        : null
      const found = [upload, download].filter((candidate) => candidate !== null)
      found.sort((a, b) => a.first - b.first)
      candidates.push(...found.filter(({ first }) => this.#imperfection.visit(thing, first)))
    }
  }

  #transfer(
    thing: number,
    script: BenignScript,
    slots: readonly number[],
    at: Float64Array,
    day: number,
  ): Candidate | null {
    const metrics = slots.map((slot) => ALL_METRICS[slot]!)
    const emitted = metrics.filter((metric) => this.#options.metrics.includes(metric))
    const step = stepWithin(this.#things, thing, at[thing]!, day, this.#calendar.stepsPerDay)
    if (step < 0 || step >= this.#steps || emitted.length === 0) return null
    return { script, metrics: emitted, first: step, last: step }
  }

  /** The steps of the holiday in this time zone. */
  #holiday(zone: number): Steps | null {
    const known = this.#holidays.get(zone)
    if (known !== undefined) return known
    const { stepsPerDay, events } = this.#calendar
    const from = Math.max(firstEvaluatedStep(this.#options), (events.holiday - 1) * stepsPerDay)
    const to = Math.min(this.#steps, (events.holiday + 2) * stepsPerDay)
    let steps: Steps | null = null
    for (let step = from; step < to; step++) {
      if (!this.#calendar.isHoliday(step, zone)) continue
      steps = { first: steps === null ? step : steps.first, last: step }
    }
    this.#holidays.set(zone, steps)
    return steps
  }

  #period(thing: number, first: number, last: number): Period {
    const end = Math.min(last, this.#steps - 1)
    return [
      timeOf(this.#options, this.#things, thing, first),
      timeOf(this.#options, this.#things, thing, end),
    ]
  }
}

/** Inclusive. */
interface Steps {
  first: number
  last: number
}

interface Candidate extends Steps {
  script: BenignScript
  metrics: string[]
}

const UPLOADED = [SLOT.bytesOut, SLOT.packetsOut]
const DOWNLOADED = [SLOT.bytesIn, SLOT.packetsIn]

/** What remains of a period, in whole milliseconds, when others are cut out of it. */
function without(period: Period, taken: readonly Period[]): Period[] {
  let pieces: Period[] = [period]
  for (const [from, to] of taken) {
    pieces = pieces.flatMap(([start, end]): Period[] => {
      if (to < start || from > end) return [[start, end]]
      const before: Period[] = start < from ? [[start, from - 1]] : []
      const after: Period[] = to < end ? [[to + 1, end]] : []
      return [...before, ...after]
    })
  }
  return pieces
}
