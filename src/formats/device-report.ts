import { DAY_MS, epochMs, type EpochMs } from '../domain/time.ts'
import {
  accepts,
  describe,
  isFields,
  metricOf,
  numberOf,
  refuse,
  thingOf,
  timeOf,
  type DocumentSource,
  type Fields,
  type Origin,
} from './document-fields.ts'

/**
 * Where report ids count seconds or milliseconds: from 2010 to 2100. AWS only asks that they grow,
 * so a smaller one may be a plain counter.
 */
const PLAUSIBLE_FROM: number = 14_610 * DAY_MS
const PLAUSIBLE_UNTIL: number = 47_482 * DAY_MS

/** Members have a long and a short name; agents mix them within one report. */
type Names = readonly [long: string, short: string]

const HEADER: Names = ['header', 'hed']
const REPORT_ID: Names = ['report_id', 'rid']
const METRICS: Names = ['metrics', 'met']
const CUSTOM_METRICS: Names = ['custom_metrics', 'cmet']
const NETWORK_STATS: Names = ['network_stats', 'ns']
const TCP_CONNECTIONS: Names = ['tcp_connections', 'tc']
const ESTABLISHED: Names = ['established_connections', 'ec']
const CONNECTIONS: Names = ['connections', 'cs']
const PORTS: Names = ['ports', 'pts']
const TOTAL: Names = ['total', 't']

const NETWORK_METRICS: readonly (readonly [names: Names, metric: string])[] = [
  [['bytes_in', 'bi'], 'aws:all-bytes-in'],
  [['bytes_out', 'bo'], 'aws:all-bytes-out'],
  [['packets_in', 'pi'], 'aws:all-packets-in'],
  [['packets_out', 'po'], 'aws:all-packets-out'],
]

const PORT_METRICS: readonly (readonly [names: Names, metric: string])[] = [
  [['listening_tcp_ports', 'tp'], 'aws:num-listening-tcp-ports'],
  [['listening_udp_ports', 'up'], 'aws:num-listening-udp-ports'],
]

/** An object on the way into the report, and the path that leads to it: empty for the report itself. */
interface Level {
  fields: Fields
  path: string
}

/** A member, under the name it was found by. */
interface Member {
  value: unknown
  path: string
}

/** The report's source, with what all its rows share. */
interface Report extends DocumentSource {
  thing: number
  time: EpochMs
}

export function isDeviceReport(document: Fields): boolean {
  const top = { fields: document, path: '' }
  return [HEADER, METRICS, CUSTOM_METRICS].some((names) => member(top, names) !== null)
}

/**
 * Reads a device's report (long, short or mixed names): a row per metric found. `origin` says whose it
 * is and of when; without a time there, the report's id is taken for one. A malformed part is refused
 * by its path and leaves the others.
 */
export function readDeviceReport(document: Fields, origin: Origin, source: DocumentSource): void {
  const top = { fields: document, path: '' }
  const header = level(member(top, HEADER), source)
  const time = reportTime(member(header, REPORT_ID), origin, source)
  if (time === null) return
  const thing = thingOf(source, origin.thing)
  if (thing < 0) return
  const report: Report = { ...source, thing, time }
  const metrics = member(top, METRICS)
  const custom = member(top, CUSTOM_METRICS)
  if (metrics === null && custom === null) {
    refuse(report, 'malformed', 'neither metrics nor custom_metrics')
  }
  readMetrics(level(metrics, report), report)
  readCustomMetrics(level(custom, report), report)
}

/** The report's time; null, and the report is refused, when nothing says it. */
function reportTime(id: Member | null, origin: Origin, source: DocumentSource): EpochMs | null {
  const wrapped = origin.time !== undefined && origin.time !== null
  const time = wrapped ? timeOf(origin.time) : plausible(numberOf(id?.value))
  const fields = {
    metric: null,
    value: 0,
    path: '',
    time: wrapped ? origin.time : id?.value,
    timePath: wrapped ? 'timestamp' : (id?.path ?? 'header.report_id'),
  }
  return accepts(source, 0, time, 0, fields) ? time : null
}

function plausible(reportId: number): EpochMs {
  const time = epochMs(reportId)
  return time >= PLAUSIBLE_FROM && time < PLAUSIBLE_UNTIL ? time : Number.NaN
}

function readMetrics(metrics: Level | null, report: Report): void {
  const network = level(member(metrics, NETWORK_STATS), report)
  for (const [names, metric] of NETWORK_METRICS) {
    const delta = member(network, names)
    if (delta !== null) addRow(delta, metric, report)
  }
  for (const [names, metric] of PORT_METRICS) {
    addTotal(level(member(metrics, names), report), PORTS, metric, report)
  }
  const connections = level(member(metrics, TCP_CONNECTIONS), report)
  const established = level(member(connections, ESTABLISHED), report)
  addTotal(established, CONNECTIONS, 'aws:num-established-tcp-connections', report)
}

/** Adds how many ports or connections there are: agents list only some of many, but count them all. */
function addTotal(container: Level | null, list: Names, metric: string, report: Report): void {
  const total = member(container, TOTAL)
  if (total !== null) {
    addRow(total, metric, report)
    return
  }
  const listed = member(container, list)
  if (listed === null) return
  const { value, path } = listed
  if (Array.isArray(value)) addRow({ value: value.length, path }, metric, report)
  else refuse(report, 'malformed', `${path} ${describe(value)}`)
}

/** Custom metrics are one-element lists; the known ones hold a number, other types are sets. */
function readCustomMetrics(custom: Level | null, report: Report): void {
  if (custom === null) return
  for (const [name, items] of Object.entries(custom.fields)) {
    if (name.startsWith('aws:')) continue
    const path = `${custom.path}.${name}`
    const known = metricOf(report, name) >= 0
    const item: unknown = Array.isArray(items) && items.length === 1 ? items[0] : undefined
    if (!isFields(item)) {
      if (known) refuse(report, 'malformed', `${path} ${describe(items)}`)
    } else if ('number' in item) {
      const number = { value: item.number, path: `${path}[0].number` }
      if (known) addRow(number, name, report)
      else if (!Number.isFinite(numberOf(item.number))) {
        refuse(report, 'not-a-number', `${number.path} ${describe(item.number)}`)
      }
    }
  }
}

/** Adds the member's number as a row; metrics that the run does not know are left out. */
function addRow({ value, path }: Member, name: string, report: Report): void {
  const { thing, time } = report
  const metric = metricOf(report, name)
  if (metric < 0) return
  const fields = { metric: name, time, value, path, timePath: 'timestamp' }
  const number = numberOf(value)
  if (accepts(report, metric, time, number, fields))
    report.builder.push(thing, metric, time, number)
}

function member(container: Level | null, names: Names): Member | null {
  if (container === null) return null
  const { fields, path } = container
  const name = names.find((candidate) => fields[candidate] !== undefined)
  if (name === undefined) return null
  return { value: fields[name], path: path === '' ? name : `${path}.${name}` }
}

/** The object a member is, to go on into; null when it is not there, or is no object and so refused. */
function level(found: Member | null, source: DocumentSource): Level | null {
  if (found === null) return null
  const { value, path } = found
  if (isFields(value)) return { fields: value, path }
  refuse(source, 'malformed', `${path} ${describe(value)}`)
  return null
}
