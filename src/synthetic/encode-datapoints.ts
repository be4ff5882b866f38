import type { Names } from '../columnar/name-table.ts'
import { ByteWriter, utf8 } from './byte-writer.ts'
import type { FleetEncoder } from './encoder.ts'
import { type FleetChunk, longestName } from './fleet-chunk.ts'

/** `{"thing":"...","metric":"...","timestamp":...,"value":...}`, a line each. */
export function ndjsonEncoder(): FleetEncoder {
  return new DatapointEncoder(JSON_LINE)
}

/** `thing,metric,timestamp,value` with a header. */
export function csvEncoder(): FleetEncoder {
  return new DatapointEncoder(CSV_LINE)
}

/** The texts around a row's four fields. The names of a generated fleet need no escapes. */
interface Line {
  header: string
  beforeThing: string
  beforeMetric: string
  beforeTime: string
  beforeValue: string
  end: string
}

const JSON_LINE: Line = {
  header: '',
  beforeThing: '{"thing":"',
  beforeMetric: '","metric":"',
  beforeTime: '","timestamp":',
  beforeValue: ',"value":',
  end: '}\n',
}

const CSV_LINE: Line = {
  header: 'thing,metric,timestamp,value\n',
  beforeThing: '',
  beforeMetric: ',',
  beforeTime: ',',
  beforeValue: ',',
  end: '\n',
}

const NUMBER_BYTES = 32

class DatapointEncoder implements FleetEncoder {
  readonly #line: Line
  readonly #writer: ByteWriter = new ByteWriter()
  readonly #beforeThing: Uint8Array
  readonly #beforeValue: Uint8Array
  readonly #end: Uint8Array
  #metrics: readonly string[] = []
  /** By index of the metric: all that stands between the thing and the timestamp. */
  #middle: Uint8Array[] = []

  constructor(line: Line) {
    this.#line = line
    this.#beforeThing = utf8(line.beforeThing)
    this.#beforeValue = utf8(line.beforeValue)
    this.#end = utf8(line.end)
    this.#writer.bytes(utf8(line.header))
  }

  encode(chunk: FleetChunk): Uint8Array {
    const { rows, thing, metric, time, value, things } = chunk
    const writer = this.#writer
    const middle = this.#middleOf(chunk.metrics)
    const fixed = this.#fixedBytes(things, middle)
    for (let row = 0; row < rows; row++) {
      const code = thing[row]!
      writer.reserve(fixed)
      writer.bytes(this.#beforeThing)
      writer.slice(things.bytes, things.offsets[code]!, things.offsets[code + 1]!)
      writer.bytes(middle[metric[row]!]!)
      writer.number(time[row]!)
      writer.bytes(this.#beforeValue)
      writer.number(value[row]!)
      writer.bytes(this.#end)
    }
    return writer.take()
  }

  end(): Uint8Array {
    return this.#writer.take()
  }

  #middleOf(metrics: readonly string[]): Uint8Array[] {
    if (metrics !== this.#metrics) {
      const { beforeMetric, beforeTime } = this.#line
      this.#metrics = metrics
      this.#middle = metrics.map((name) => utf8(beforeMetric + name + beforeTime))
    }
    return this.#middle
  }

  /** Upper bound of a row's length. */
  #fixedBytes(things: Names, middle: readonly Uint8Array[]): number {
    const longest = middle.reduce((most, piece) => Math.max(most, piece.length), 0)
    const { length } = this.#beforeThing
    return length + longestName(things) + longest + 2 * NUMBER_BYTES + this.#beforeValue.length + 2
  }
}
