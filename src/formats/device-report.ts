import { parseAddressBlock } from '../domain/address-block.ts'
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
import { addValue } from './metric-value.ts'

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

const PORT_METRICS: readonly (readonly [names: Names, total: string, list: string])[] = [
  [['listening_tcp_ports', 'tp'], 'aws:num-listening-tcp-ports', 'aws:listening-tcp-ports'],
  [['listening_udp_ports', 'up'], 'aws:num-listening-udp-ports', 'aws:listening-udp-ports'],
]
const PORT: Names = ['port', 'pt']
const REMOTE_ADDRESS: Names = ['remote_addr', 'rad']

/** A report does not say whose it is. */
const REMEDY =
  ': send a report with its topic or thingName around it, or name the thing (?thing=NAME, --thing NAME)'

/** The members of a custom metric's item that hold a list. */
const CUSTOM_LISTS = ['number_list', 'string_list', 'ip_list']

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
  const thing = thingOf(source, origin.thing, 'thing', REMEDY)
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
  for (const [names, total, list] of PORT_METRICS) {
    const container = level(member(metrics, names), report)
    addTotal(container, PORTS, total, report)
    addItems(container, PORTS, PORT, list, (port) => port, report)
  }
  const connections = level(member(metrics, TCP_CONNECTIONS), report)
  const established = level(member(connections, ESTABLISHED), report)
  addTotal(established, CONNECTIONS, 'aws:num-established-tcp-connections', report)
  const destinations = 'aws:destination-ip-addresses'
  addItems(established, CONNECTIONS, REMOTE_ADDRESS, destinations, addressOf, report)
}

/** Adds one part of each listed port or connection as a list; none at all where the total says so. */
function addItems(
  container: Level | null,
  list: Names,
  part: Names,
  metric: string,
  itemOf: (value: unknown) => unknown,
  report: Report,
): void {
  if (container === null || metricOf(report, metric) < 0) return
  const listed = member(container, list)
  const isEmpty = listed === null && numberOf(member(container, TOTAL)?.value) === 0
  if (isEmpty) addRow({ value: [], path: container.path }, metric, report)
  if (listed === null) return
  const { value, path } = listed
  const items = Array.isArray(value)
    ? (value as unknown[]).map((entry) => partOf(entry, part))
    : value
  addRow({ value: Array.isArray(items) ? items.map(itemOf) : items, path }, metric, report)
}

function partOf(entry: unknown, part: Names): unknown {
  if (!isFields(entry)) return entry
  return part.map((name) => entry[name]).find((found) => found !== undefined)
}

/** The address in `192.0.2.1:443`, `[2001:db8::1]:443` or an address alone. */
function addressOf(remote: unknown): unknown {
  if (typeof remote !== 'string') return remote
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(remote)
  if (bracketed !== null) return bracketed[1]
  const colon = remote.lastIndexOf(':')
  return parseAddressBlock(remote) === null && colon > 0 ? remote.slice(0, colon) : remote
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

/** Custom metrics are lists of one element, which holds a number or a list. */
function readCustomMetrics(custom: Level | null, report: Report): void {
  if (custom === null) return
  for (const [name, items] of Object.entries(custom.fields)) {
    if (name.startsWith('aws:')) continue
    const path = `${custom.path}.${name}`
    const known = metricOf(report, name) >= 0
    const item: unknown = Array.isArray(items) && items.length === 1 ? items[0] : undefined
    if (!isFields(item)) {
      if (known) refuse(report, 'malformed', `${path} ${describe(items)}`)
      continue
    }
    const found = ['number', ...CUSTOM_LISTS].find((candidate) => candidate in item)
    if (found === undefined) continue
    const value = { value: item[found], path: `${path}[0].${found}` }
    if (known) addRow(value, name, report)
    else if (found === 'number' && !Number.isFinite(numberOf(value.value))) {
      refuse(report, 'not-a-number', `${value.path} ${describe(value.value)}`)
    }
  }
}

/** Adds what the member holds as a row; metrics that the run does not know are left out. */
function addRow({ value, path }: Member, name: string, report: Report): void {
  const { thing, time } = report
  const metric = metricOf(report, name)
  if (metric < 0) return
  const kind = Array.isArray(value) ? 'list' : 'number'
  const fields = { metric: name, time, timePath: 'timestamp' }
  addValue({ kind, value, path }, { metric, thing, time }, fields, report)
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
