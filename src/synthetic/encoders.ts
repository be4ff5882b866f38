import { DEFAULT_WINDOW_MS } from '../domain/time.ts'
import { brokerLogEncoder } from './encode-broker-log.ts'
import { csvEncoder, ndjsonEncoder } from './encode-datapoints.ts'
import { exportEncoder } from './encode-export.ts'
import { lifecycleEncoder } from './encode-lifecycle.ts'
import { cborReportEncoder } from './encode-reports-cbor.ts'
import { jsonReportEncoder } from './encode-reports.ts'
import type { FleetEncoder } from './encoder.ts'

/** Formats carry what they can say: reports the device-side metrics, logs the cloud-side ones. */
export const FLEET_FORMATS = [
  'ndjson',
  'csv',
  'report-json',
  'report-cbor',
  'export',
  'broker-log',
  'lifecycle',
] as const
export type FleetFormat = (typeof FLEET_FORMATS)[number]

const ENCODERS: Readonly<Record<FleetFormat, (windowMs: number) => FleetEncoder>> = {
  ndjson: ndjsonEncoder,
  csv: csvEncoder,
  'report-json': jsonReportEncoder,
  'report-cbor': cborReportEncoder,
  export: exportEncoder,
  'broker-log': brokerLogEncoder,
  lifecycle: lifecycleEncoder,
}

/** `windowMs`: logs spread the events that a datapoint counts over the window it lies in. */
export function encoderFor(
  format: FleetFormat,
  windowMs: number = DEFAULT_WINDOW_MS,
): FleetEncoder {
  return ENCODERS[format](windowMs)
}
