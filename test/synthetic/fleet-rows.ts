import { generateFleet } from '../../src/synthetic/generate.ts'
import type { FleetOptions } from '../../src/synthetic/options.ts'

/** Rows as `thing metric time value`, in order of arrival. */
export function rowsOf(options: Partial<FleetOptions>): string[] {
  const fleet = generateFleet(options)
  const rows: string[] = []
  for (const chunk of fleet.chunks()) {
    for (let i = 0; i < chunk.rows; i++) {
      const thing = fleet.things[chunk.thing[i]!]!
      const metric = fleet.metrics[chunk.metric[i]!]!
      rows.push(`${thing} ${metric} ${chunk.time[i]} ${chunk.value[i]}`)
    }
  }
  return rows
}

export interface Row {
  thing: number
  metric: string
  time: number
  value: number
}

/** Visits every row; the object is the same each time. */
export function eachRow(options: Partial<FleetOptions>, visit: (row: Row) => void): void {
  const fleet = generateFleet(options)
  const row: Row = { thing: 0, metric: '', time: 0, value: 0 }
  for (const chunk of fleet.chunks()) {
    for (let i = 0; i < chunk.rows; i++) {
      row.thing = chunk.thing[i]!
      row.metric = fleet.metrics[chunk.metric[i]!]!
      row.time = chunk.time[i]!
      row.value = chunk.value[i]!
      visit(row)
    }
  }
}

export interface TwinRow {
  thing: string
  metric: string
  time: number
  value: number
  /** The same datapoint where no incident happens. */
  normal: number
}

/** Visits every row together with its twin from the fleet without incidents. Fails if they part. */
export function eachTwin(options: Partial<FleetOptions>, visit: (row: TwinRow) => void): void {
  const fleet = generateFleet({ ...options, incidents: true })
  const peaceful = generateFleet({ ...options, incidents: false }).chunks()
  const twin = peaceful[Symbol.iterator]()
  for (const chunk of fleet.chunks()) {
    const { value: other, done } = twin.next()
    if (done === true || other.rows !== chunk.rows) throw new Error('the twin has other rows')
    for (let i = 0; i < chunk.rows; i++) {
      const time = chunk.time[i]!
      if (
        other.thing[i] !== chunk.thing[i] ||
        other.metric[i] !== chunk.metric[i] ||
        other.time[i] !== time
      ) {
        throw new Error(`the twin has another row at ${time}`)
      }
      const metric = fleet.metrics[chunk.metric[i]!]!
      const thing = fleet.things[chunk.thing[i]!]!
      visit({ thing, metric, time, value: chunk.value[i]!, normal: other.value[i]! })
    }
  }
  if (twin.next().done !== true) throw new Error('the twin has more rows')
}
