import { ML_METRICS } from '../domain/metric.ts'
import { SLOT } from './metrics.ts'

/** Members of a report's network statistics, in order. */
export const NETWORK_MEMBERS: readonly (readonly [name: string, slot: number])[] = [
  ['bytes_in', SLOT.bytesIn],
  ['bytes_out', SLOT.bytesOut],
  ['packets_in', SLOT.packetsIn],
  ['packets_out', SLOT.packetsOut],
]

/** A report's lists of ports: where the total comes from, and which ports it names first. */
export const PORT_MEMBERS: readonly (readonly [name: string, slot: number, ports: number[]])[] = [
  ['listening_tcp_ports', SLOT.tcpPorts, [22, 443, 80, 8080, 1883, 502]],
  ['listening_udp_ports', SLOT.udpPorts, [5353, 123, 68, 5683, 1900, 161]],
]

export const BROKER_ADDRESS = '198.51.100.10:8883'
/** Local ports of the connections: agents list a part of them but count them all. */
export const LOCAL_PORTS: readonly number[] = [49_152, 49_153, 49_154, 49_155, 49_156]
export const INTERFACE = 'eth0'
export const TOPIC_START = '$aws/things/'

const DEVICE_SIDE = new Set(
  ML_METRICS.filter((metric) => metric.side === 'device').map((metric) => metric.name),
)

/** Whether any of these metrics comes in a device's report. */
export function carriesDeviceSide(metrics: readonly string[]): boolean {
  return metrics.some((name) => DEVICE_SIDE.has(name))
}
