import type { SecurityProfile } from '../domain/behavior.ts'
import {
  type CaughtIncident,
  caughtIncidents,
  type Incident,
  incidentsOf,
  type LabelsFile,
} from '../domain/labels.ts'
import { type EpochMs, MINUTE_MS } from '../domain/time.ts'
import type { ViolationEvent } from '../domain/violation.ts'
import { counted, elapsedText, grouped } from './figures.ts'
import { formatTable } from './table.ts'

const WHOLE_THING = '*'
/** Incidents named one by one. */
const SHOWN = 5

/** How a run's alarms compare with what experts labelled: lines for people. */
export function demoReport(
  profiles: readonly SecurityProfile[],
  labels: LabelsFile,
  events: readonly ViolationEvent[],
  windowMs: number,
): string[] {
  const metrics = [...new Set(profiles.flatMap(({ behaviors }) => behaviors.map((b) => b.metric)))]
  const things = Object.keys(labels.evaluateFrom)
  const incidents = incidentsOf(labels, things, metrics)
  const caught = caughtIncidents(incidents, events, windowMs)
  const whole = (list: readonly Incident[]): Incident[] =>
    list.filter(({ metric }) => metric === WHOLE_THING)
  const caughtWhole = caught.filter(({ incident }) => incident.metric === WHOLE_THING)
  return [
    `${labels.dataset}: ${caughtWhole.length} of ${counted(whole(incidents).length, 'labelled incident')} of ` +
      `${counted(things.length, 'thing')} met by an alarm`,
    '',
    ...metricTable(metrics, incidents, caught),
    '',
    ...alarmBalance(labels, events, windowMs),
    '',
    ...examples(caughtWhole, events),
  ]
}

function metricTable(
  metrics: readonly string[],
  incidents: readonly Incident[],
  caught: readonly CaughtIncident[],
): string[] {
  const rows = [...metrics, WHOLE_THING].map((metric) => {
    const labelled = incidents.filter((incident) => incident.metric === metric).length
    const own = caught.filter(({ incident }) => incident.metric === metric)
    const delays = own.map(({ delayMs }) => delayMs).sort((a, b) => a - b)
    const median = delays[delays.length >> 1]
    return [
      metric === WHOLE_THING ? 'any of them' : metric,
      grouped(labelled),
      grouped(own.length),
      median === undefined ? '' : elapsedText(median),
    ]
  })
  const titles = ['metric', 'labelled', 'met', 'median delay']
  return formatTable([titles, ...rows], ['left', 'right', 'right', 'right'], 0)
}

/** How many alarms had something to do with an incident, and how many had not. */
function alarmBalance(
  labels: LabelsFile,
  events: readonly ViolationEvent[],
  windowMs: number,
): string[] {
  const byAlarm = new Map<string, ViolationEvent[]>()
  for (const event of events) {
    const own = byAlarm.get(event.violationId)
    if (own === undefined) byAlarm.set(event.violationId, [event])
    else own.push(event)
  }
  let early = 0
  let within = 0
  let outside = 0
  for (const own of byAlarm.values()) {
    const { thingName, violationEventTime } = own[0]!
    const judgedFrom: EpochMs = labels.evaluateFrom[thingName] ?? Number.POSITIVE_INFINITY
    const about = labels.labels.filter(({ thing }) => thing === thingName)
    if (violationEventTime <= judgedFrom) early++
    else if (caughtIncidents(about, own, windowMs).length > 0) within++
    else outside++
  }
  return [
    `${counted(byAlarm.size, 'alarm')}: ${grouped(within)} during an incident of the same thing, ` +
      `${grouped(outside)} outside of any,`,
    `${grouped(early)} before the first day that experts judged.`,
  ]
}

function examples(caught: readonly CaughtIncident[], events: readonly ViolationEvent[]): string[] {
  const opened = new Map(
    events
      .filter(({ violationEventType }) => violationEventType === 'in-alarm')
      .map((event) => [event.violationId, event]),
  )
  const shown = caught.slice(0, SHOWN).flatMap(({ incident, violationId, delayMs }) => {
    const event = opened.get(violationId)
    if (event === undefined) return []
    const start = new Date(incident.start).toISOString().slice(0, 16).replace('T', ' ')
    const after =
      delayMs < MINUTE_MS ? 'an alarm stood already' : `alarm ${elapsedText(delayMs)} on`
    return [
      `  ${incident.thing}, incident from ${start}, ${after}:`,
      `      ${event.explanation?.text ?? ''}`,
    ]
  })
  return shown.length === 0 ? [] : ['for example', ...shown]
}
