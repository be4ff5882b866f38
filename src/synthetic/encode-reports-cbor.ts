import { type ByteWriter, utf8 } from './byte-writer.ts'
import type { FleetEncoder } from './encoder.ts'
import type { FleetChunk } from './fleet-chunk.ts'
import { SLOT } from './metrics.ts'
import { reportEncoder } from './report-encoder.ts'
import {
  BROKER_ADDRESS,
  INTERFACE,
  LOCAL_PORTS,
  NETWORK_MEMBERS,
  PORT_MEMBERS,
  TOPIC_START,
} from './report-members.ts'
import type { ReportRows } from './report-rows.ts'

/** Major types of RFC 8949. */
const UNSIGNED = 0
const TEXT = 3
const LIST = 4
const MAP = 5

/** As `jsonReportEncoder`, in CBOR: items that follow one another (RFC 8742). */
export function cborReportEncoder(): FleetEncoder {
  return reportEncoder(writeReport)
}

const TOPIC_PREFIX = utf8(TOPIC_START)
const TOPIC_SUFFIX = utf8('/defender/metrics/cbor')
const KEY = {
  topic: utf8('topic'),
  timestamp: utf8('timestamp'),
  payload: utf8('payload'),
  header: utf8('header'),
  reportId: utf8('report_id'),
  version: utf8('version'),
  metrics: utf8('metrics'),
  network: utf8('network_stats'),
  tcp: utf8('tcp_connections'),
  established: utf8('established_connections'),
  connections: utf8('connections'),
  ports: utf8('ports'),
  port: utf8('port'),
  total: utf8('total'),
  interface: utf8('interface'),
  remote: utf8('remote_addr'),
  localPort: utf8('local_port'),
  localInterface: utf8('local_interface'),
}
const VERSION = utf8('1.0')
const INTERFACE_NAME = utf8(INTERFACE)
const REMOTE = utf8(BROKER_ADDRESS)
const NETWORK_KEYS = NETWORK_MEMBERS.map(([name, slot]) => ({ key: utf8(name), slot }))
const PORT_KEYS = PORT_MEMBERS.map(([name, slot, ports]) => ({ key: utf8(name), slot, ports }))

function writeReport(writer: ByteWriter, { things }: FleetChunk, report: ReportRows): void {
  const { thing, time, values } = report
  const start = things.offsets[thing]!
  const end = things.offsets[thing + 1]!
  head(writer, MAP, 3)
  text(writer, KEY.topic)
  head(writer, TEXT, TOPIC_PREFIX.length + end - start + TOPIC_SUFFIX.length)
  writer.bytes(TOPIC_PREFIX)
  writer.slice(things.bytes, start, end)
  writer.bytes(TOPIC_SUFFIX)
  entry(writer, KEY.timestamp, time)
  text(writer, KEY.payload)
  head(writer, MAP, 2)
  text(writer, KEY.header)
  head(writer, MAP, 2)
  entry(writer, KEY.reportId, Math.floor(time / 1_000))
  text(writer, KEY.version)
  text(writer, VERSION)
  text(writer, KEY.metrics)
  writeMetrics(writer, values)
}

function writeMetrics(writer: ByteWriter, values: Float64Array): void {
  const network = NETWORK_KEYS.filter(({ slot }) => !Number.isNaN(values[slot]!))
  const ports = PORT_KEYS.filter(({ slot }) => !Number.isNaN(values[slot]!))
  const connections = values[SLOT.connections]!
  const connected = Number.isNaN(connections) ? 0 : 1
  head(writer, MAP, (network.length > 0 ? 1 : 0) + ports.length + connected)
  if (network.length > 0) {
    text(writer, KEY.network)
    head(writer, MAP, network.length)
    for (const { key, slot } of network) entry(writer, key, values[slot]!)
  }
  for (const { key, slot, ports: names } of ports) {
    text(writer, key)
    writePorts(writer, names, values[slot]!)
  }
  if (connected === 1) writeConnections(writer, connections)
}

function writePorts(writer: ByteWriter, names: readonly number[], total: number): void {
  const listed = Math.min(total, names.length)
  head(writer, MAP, 2)
  text(writer, KEY.ports)
  head(writer, LIST, listed)
  for (let i = 0; i < listed; i++) {
    head(writer, MAP, 2)
    text(writer, KEY.interface)
    text(writer, INTERFACE_NAME)
    entry(writer, KEY.port, names[i]!)
  }
  entry(writer, KEY.total, total)
}

function writeConnections(writer: ByteWriter, total: number): void {
  const listed = Math.min(total, LOCAL_PORTS.length)
  text(writer, KEY.tcp)
  head(writer, MAP, 1)
  text(writer, KEY.established)
  head(writer, MAP, 2)
  text(writer, KEY.connections)
  head(writer, LIST, listed)
  for (let i = 0; i < listed; i++) {
    head(writer, MAP, 3)
    text(writer, KEY.remote)
    text(writer, REMOTE)
    text(writer, KEY.localInterface)
    text(writer, INTERFACE_NAME)
    entry(writer, KEY.localPort, LOCAL_PORTS[i]!)
  }
  entry(writer, KEY.total, total)
}

function entry(writer: ByteWriter, key: Uint8Array, value: number): void {
  text(writer, key)
  head(writer, UNSIGNED, value)
}

function text(writer: ByteWriter, bytes: Uint8Array): void {
  head(writer, TEXT, bytes.length)
  writer.bytes(bytes)
}

/** An item's first bytes: its major type and a whole number in [0, 2^53), as short as it gets. */
function head(writer: ByteWriter, major: number, value: number): void {
  const type = major << 5
  if (value < 24) writer.byte(type | value)
  else if (value < 0x100) {
    writer.byte(type | 24)
    writer.byte(value)
  } else if (value < 0x10000) {
    writer.byte(type | 25)
    bigEndian(writer, value, 2)
  } else if (value < 0x100000000) {
    writer.byte(type | 26)
    bigEndian(writer, value, 4)
  } else {
    writer.byte(type | 27)
    bigEndian(writer, Math.floor(value / 0x100000000), 4)
    bigEndian(writer, value % 0x100000000, 4)
  }
}

function bigEndian(writer: ByteWriter, value: number, bytes: number): void {
  for (let shift = (bytes - 1) * 8; shift >= 0; shift -= 8) writer.byte((value >>> shift) & 0xff)
}
