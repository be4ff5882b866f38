import type { EpochMs } from './time.ts'
import type { ViolationEvent } from './violation.ts'

/** What experts said about a stretch of one series, or of a whole thing. */
export interface Label {
  thing: string
  /** A metric's name, or `*`: an incident of the thing, which any of its metrics may show. */
  metric: string
  /** Times of the first and the last labelled datapoint (window starts), both inclusive. */
  start: EpochMs
  end: EpochMs
  /** `ignore`: the thing had an incident, but not one of this metric: neither a hit nor a false alarm. */
  kind: 'anomaly' | 'ignore'
}

/** A file of labels beside a data set. */
export interface LabelsFile {
  dataset: string
  cadenceMs: number
  note: string
  /** By thing, the first time that is judged; before it there is only training. */
  evaluateFrom: Readonly<Record<string, EpochMs>>
  format: string
  labels: readonly Label[]
}

/** Something that should be detected. */
export type Incident = Pick<Label, 'thing' | 'metric' | 'start' | 'end'>

/** An incident and the alarm that met it first. */
export interface CaughtIncident {
  incident: Incident
  violationId: string
  /** From the incident's first datapoint to the end of the window that raised the alarm; 0 if before. */
  delayMs: number
}

/** An alarm may miss an incident's labelled ends by this many windows and still count. */
export const TOLERANCE_WINDOWS = 2

/** The incidents of these things in these metrics; those of whole things (`*`) are always among them. */
export function incidentsOf(
  labels: LabelsFile,
  things: Iterable<string>,
  metrics: Iterable<string>,
): Incident[] {
  const wantedThings = new Set(things)
  const wantedMetrics = new Set(metrics).add('*')
  return labels.labels.filter(
    ({ thing, metric, kind }) =>
      kind === 'anomaly' && wantedThings.has(thing) && wantedMetrics.has(metric),
  )
}

/** From the first to the last datapoint (window starts) an alarm stood; open ends are +Infinity. */
interface Alarm {
  violationId: string
  thing: string
  metric: string
  from: EpochMs
  to: EpochMs
}

/**
 * Which incidents an alarm met: one of the same thing (and metric, unless `*`) that stood at some time
 * between two windows before the incident and two windows after it. Of several the earliest is named.
 */
export function caughtIncidents(
  incidents: readonly Incident[],
  events: readonly ViolationEvent[],
  windowMs: number,
): CaughtIncident[] {
  const alarms = alarmsByThing(events, windowMs)
  const tolerance = TOLERANCE_WINDOWS * windowMs
  const caught: CaughtIncident[] = []
  for (const incident of incidents) {
    const { thing, metric, start, end } = incident
    const first = alarms
      .get(thing)
      ?.find(
        (alarm) =>
          (metric === '*' || metric === alarm.metric) &&
          alarm.from <= end + tolerance &&
          alarm.to >= start - tolerance,
      )
    if (first === undefined) continue
    const delayMs = Math.max(0, first.from + windowMs - start)
    caught.push({ incident, violationId: first.violationId, delayMs })
  }
  return caught
}

/** Events are dated by their window's end, labels by its start: one window lies between. */
function alarmsByThing(events: readonly ViolationEvent[], windowMs: number): Map<string, Alarm[]> {
  const byThing = new Map<string, Alarm[]>()
  const open = new Map<string, Alarm>()
  for (const event of [...events].sort((a, b) => a.violationEventTime - b.violationEventTime)) {
    const { violationId, thingName: thing } = event
    const datapoint = event.violationEventTime - windowMs
    if (event.violationEventType !== 'in-alarm') {
      const alarm = open.get(violationId)
      if (alarm !== undefined) alarm.to = datapoint
      continue
    }
    const { metric } = event.behavior
    const name = typeof metric === 'string' ? metric : ''
    const alarm = {
      violationId,
      thing,
      metric: name,
      from: datapoint,
      to: Number.POSITIVE_INFINITY,
    }
    open.set(violationId, alarm)
    const alarms = byThing.get(thing)
    if (alarms === undefined) byThing.set(thing, [alarm])
    else alarms.push(alarm)
  }
  return byThing
}
