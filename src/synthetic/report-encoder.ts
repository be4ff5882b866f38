import { ByteWriter } from './byte-writer.ts'
import type { FleetEncoder } from './encoder.ts'
import { type FleetChunk, longestName } from './fleet-chunk.ts'
import { carriesDeviceSide } from './report-members.ts'
import { ReportReader, type ReportRows } from './report-rows.ts'

/** Bytes that a report needs at most beside the thing's name. */
const MORE_THAN_A_REPORT = 4_096

/** Device reports in the encoding of `writeReport`; nothing for a fleet without device-side metrics. */
export function reportEncoder(
  writeReport: (writer: ByteWriter, chunk: FleetChunk, report: ReportRows) => void,
): FleetEncoder {
  const writer = new ByteWriter()
  const reader = new ReportReader()
  return {
    encode(chunk) {
      if (!carriesDeviceSide(chunk.metrics)) return writer.take()
      const room = longestName(chunk.things) + MORE_THAN_A_REPORT
      reader.each(chunk, (report) => {
        writer.reserve(room)
        writeReport(writer, chunk, report)
      })
      return writer.take()
    },
    end: () => writer.take(),
  }
}
