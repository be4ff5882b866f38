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

/** A report in JSON per thing and step, with the topic it was published to, a line each. */
export function jsonReportEncoder(): FleetEncoder {
  return reportEncoder(writeReport)
}

const TOPIC = utf8(`{"topic":"${TOPIC_START}`)
const TIMESTAMP = utf8('/defender/metrics/json","timestamp":')
const HEADER = utf8(',"payload":{"header":{"report_id":')
const METRICS = utf8(',"version":"1.0"},"metrics":{')
const REPORT_END = utf8('}}}\n')
const NETWORK = utf8('"network_stats":{')
const CONNECTIONS = utf8('"tcp_connections":{"established_connections":{"connections":[')
const CONNECTION = utf8(
  `{"remote_addr":"${BROKER_ADDRESS}","local_interface":"${INTERFACE}","local_port":`,
)
const PORT = utf8(`{"interface":"${INTERFACE}","port":`)
const TOTAL = utf8('],"total":')
const NETWORK_KEYS = NETWORK_MEMBERS.map(([name, slot]) => ({ key: utf8(`"${name}":`), slot }))
const PORT_KEYS = PORT_MEMBERS.map(([name, slot, ports]) => ({
  key: utf8(`"${name}":{"ports":[`),
  slot,
  ports,
}))
const COMMA = 44
const CLOSE = 125

function writeReport(writer: ByteWriter, { things }: FleetChunk, report: ReportRows): void {
  const { thing, time, values } = report
  writer.bytes(TOPIC)
  writer.slice(things.bytes, things.offsets[thing]!, things.offsets[thing + 1]!)
  writer.bytes(TIMESTAMP)
  writer.number(time)
  writer.bytes(HEADER)
  writer.number(Math.floor(time / 1_000))
  writer.bytes(METRICS)
  let members = writeNetwork(writer, values)
  for (const { key, slot, ports } of PORT_KEYS) {
    if (Number.isNaN(values[slot]!)) continue
    if (members++ > 0) writer.byte(COMMA)
    writer.bytes(key)
    writeList(writer, PORT, ports, values[slot]!)
  }
  if (!Number.isNaN(values[SLOT.connections]!)) {
    if (members++ > 0) writer.byte(COMMA)
    writer.bytes(CONNECTIONS)
    writeList(writer, CONNECTION, LOCAL_PORTS, values[SLOT.connections]!)
    writer.byte(CLOSE)
  }
  writer.bytes(REPORT_END)
}

/** How many members it wrote into the metrics: 1 or 0. */
function writeNetwork(writer: ByteWriter, values: Float64Array): number {
  let written = 0
  for (const { key, slot } of NETWORK_KEYS) {
    if (Number.isNaN(values[slot]!)) continue
    if (written++ > 0) writer.byte(COMMA)
    else writer.bytes(NETWORK)
    writer.bytes(key)
    writer.number(values[slot]!)
  }
  if (written === 0) return 0
  writer.byte(CLOSE)
  return 1
}

/** A list of objects that end in a port, as many as there are names for, and the true total. */
function writeList(
  writer: ByteWriter,
  item: Uint8Array,
  ports: readonly number[],
  total: number,
): void {
  const listed = Math.min(total, ports.length)
  for (let i = 0; i < listed; i++) {
    if (i > 0) writer.byte(COMMA)
    writer.bytes(item)
    writer.number(ports[i]!)
    writer.byte(CLOSE)
  }
  writer.bytes(TOTAL)
  writer.number(total)
  writer.byte(CLOSE)
}
