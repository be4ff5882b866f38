import { ByteWriter, utf8 } from './byte-writer.ts'
import type { FleetEncoder } from './encoder.ts'
import { longestName } from './fleet-chunk.ts'

/** Datapoints per batch. */
const BATCH = 500
const MORE_THAN_AN_ITEM = 256
const VERSION = 1

const OPEN = utf8('{"version":"1.0","metrics":[')
const CLOSE = utf8(']}\n')
const NAME = utf8('{"name":"')
const THING = utf8('","thing":"')
const VALUE = utf8('","value":{"count":')
const TIMESTAMP = utf8('},"timestamp":')
const VERSION_END = utf8(`,"version":${VERSION}}`)
const COMMA = 44

/** Batches of Detect's metrics export, a document per line. */
export function exportEncoder(): FleetEncoder {
  const writer = new ByteWriter()
  return {
    encode(chunk) {
      const { rows, thing, metric, time, value, things } = chunk
      const names = chunk.metrics.map((name) => utf8(name))
      const room = longestName(things) + MORE_THAN_AN_ITEM
      for (let row = 0; row < rows; row++) {
        const code = thing[row]!
        writer.reserve(room)
        if (row % BATCH === 0) {
          if (row > 0) writer.bytes(CLOSE)
          writer.bytes(OPEN)
        } else writer.byte(COMMA)
        writer.bytes(NAME)
        writer.bytes(names[metric[row]!]!)
        writer.bytes(THING)
        writer.slice(things.bytes, things.offsets[code]!, things.offsets[code + 1]!)
        writer.bytes(VALUE)
        writer.number(value[row]!)
        writer.bytes(TIMESTAMP)
        writer.number(time[row]!)
        writer.bytes(VERSION_END)
      }
      writer.reserve(CLOSE.length)
      if (rows > 0) writer.bytes(CLOSE)
      return writer.take()
    },
    end: () => writer.take(),
  }
}
