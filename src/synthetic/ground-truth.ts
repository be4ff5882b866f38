import { nameAt } from '../columnar/name-table.ts'
import type { EpochMs } from '../domain/time.ts'
import type { RandomStream } from '../stats/random.ts'
import { BenignEvents, type BenignScript, type Period } from './benign-events.ts'
import type { Calendar } from './calendar.ts'
import type { Archetype } from './archetypes.ts'
import { type Things, timeOf } from './fleet.ts'
import type { Incident } from './incidents.ts'
import { ALL_METRICS, firstEvaluatedStep, type FleetOptions } from './options.ts'
import { type ScriptName, type Strength, STRENGTHS } from './scripts.ts'

/**
 * anomaly: to be detected. ignore: the incident moves this metric too, but is not known by it: an
 * alarm is neither a hit nor false. benign: unusual but harmless, an alarm is false.
 */
export interface Label {
  thing: string
  /** `*` is the device: any of its metrics. */
  metric: string
  /** Both inclusive, event time by the thing's clock. */
  start: EpochMs
  end: EpochMs
  kind: 'anomaly' | 'ignore' | 'benign'
  script: ScriptName | BenignScript
  strength: Strength | null
}

export interface GroundTruth {
  dataset: string
  seed: number
  cadenceMs: number
  /** First scored moment of each thing: before it lies training. */
  evaluateFrom: Record<string, EpochMs>
  /** By thing and time. At any moment a thing is in one event at most: labels of different ones are disjoint. */
  labels: Label[]
}

interface Fleet {
  options: FleetOptions
  things: Things
  archetypes: readonly Archetype[]
  /** By thing and time. */
  incidents: readonly Incident[]
}

export function groundTruthOf(fleet: Fleet, calendar: Calendar, random: RandomStream): GroundTruth {
  const { options, things } = fleet
  const first = firstEvaluatedStep(options)
  const labels: Label[] = []
  const evaluateFrom: Record<string, EpochMs> = {}
  const { archetypes } = fleet
  const benign = new BenignEvents(options, things, archetypes, calendar, random)
  let next = 0
  for (let thing = 0; thing < things.count; thing++) {
    const name = nameAt(things.names, thing)
    evaluateFrom[name] = timeOf(options, things, thing, first)
    const taken: Period[] = []
    const own: Label[] = []
    for (; fleet.incidents[next]?.thing === thing; next++) {
      const incident = fleet.incidents[next]!
      taken.push(periodOf(fleet, thing, incident.first, incident.last))
      own.push(...labelsOf(fleet, incident, name))
    }
    for (const event of benign.of(thing, taken)) {
      const { script, metric } = event
      const [start, end] = event.period
      own.push({ thing: name, metric, start, end, kind: 'benign', script, strength: null })
    }
    labels.push(...own.sort((a, b) => a.start - b.start))
  }
  const dataset = `gen-${options.fleet}-${options.seed}`
  return { dataset, seed: options.seed, cadenceMs: options.cadenceMs, evaluateFrom, labels }
}

function periodOf({ options, things }: Fleet, thing: number, first: number, last: number): Period {
  return [timeOf(options, things, thing, first), timeOf(options, things, thing, last)]
}

function labelsOf(fleet: Fleet, incident: Incident, thing: string): Label[] {
  const { script } = incident
  const [start, end] = periodOf(fleet, incident.thing, incident.first, incident.last)
  const strength = STRENGTHS[incident.strength]!
  return [...script.labelled, ...script.beside].flatMap((slot, place): Label[] => {
    const metric = ALL_METRICS[slot]!
    if (!fleet.options.metrics.includes(metric)) return []
    const kind = place < script.labelled.length ? 'anomaly' : 'ignore'
    return [{ thing, metric, start, end, kind, script: script.name, strength }]
  })
}
