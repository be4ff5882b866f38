import type { FleetChunk } from '../../../src/synthetic/fleet-chunk.ts'
import type { Columns } from '../read-datapoints.ts'

const FIRST_CAPACITY = 1_024

/** The reports of one thing: moments, and the values of all metrics at each. */
class Reports {
  #time = new Float64Array(FIRST_CAPACITY)
  #values: Float64Array<ArrayBuffer>[]
  #rows = 0

  constructor(metrics: number) {
    this.#values = Array.from({ length: metrics }, () => new Float64Array(FIRST_CAPACITY))
  }

  /** Adds the report that begins at this row of the chunk. */
  add({ time, value }: FleetChunk, row: number): void {
    if (this.#rows === this.#time.length) {
      this.#time = doubled(this.#time)
      this.#values = this.#values.map(doubled)
    }
    this.#time[this.#rows] = time[row]!
    this.#values.forEach((column, metric) => {
      column[this.#rows] = value[row + metric]!
    })
    this.#rows++
  }

  /** In order of time, each moment once. The metrics share the column of times. */
  close(thing: string, metrics: readonly string[]): Columns[] {
    const moments = this.#time.subarray(0, this.#rows)
    const order = Int32Array.from(moments, (_, row) => row)
    order.sort((a, b) => moments[a]! - moments[b]! || a - b)
    const rows = order.filter((row, i) => i === 0 || moments[row] !== moments[order[i - 1]!])
    const time = Float64Array.from(rows, (row) => moments[row]!)
    return metrics.map((metric, i) => {
      const column = this.#values[i]!
      return { thing, metric, time, value: Float64Array.from(rows, (row) => column[row]!) }
    })
  }
}

/** Generated datapoints by series, thing by thing; things that never report are left out. */
export function reportColumns(
  chunks: Iterable<FleetChunk>,
  things: readonly string[],
  metrics: readonly string[],
): Columns[] {
  const reports = new Map<number, Reports>()
  for (const chunk of chunks) {
    // The rows of a report stand together, in the order of the metrics.
    for (let row = 0; row < chunk.rows; row += metrics.length) {
      const thing = chunk.thing[row]!
      let own = reports.get(thing)
      if (own === undefined) reports.set(thing, (own = new Reports(metrics.length)))
      own.add(chunk, row)
    }
  }
  return things.flatMap((name, thing) => reports.get(thing)?.close(name, metrics) ?? [])
}

function doubled(column: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(column.length * 2)
  larger.set(column)
  return larger
}
