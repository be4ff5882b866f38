import type { Label, LabelsFile } from '../../src/domain/labels.ts'
import { firstAtLeast } from './order.ts'
import type { Columns } from './read-datapoints.ts'
import { type Device, positionsBy, type Series, type Span } from './series.ts'

/** The metric of labels that hold for a thing as a whole. */
const ANY_METRIC = '*'

/** Joins datapoints with what a labels file says of them. */
export function labelSeries(columns: readonly Columns[], file: LabelsFile): Series[] {
  const labels = positionsBy(file.labels, keyOf)
  return columns.map((column) => {
    const { thing, metric, time } = column
    const own = (labels.get(keyOf(column)) ?? []).map((i) => file.labels[i]!)
    const from = judgedFrom(file, thing, metric, time)
    return {
      ...column,
      anomalies: spans(time, own, 'anomaly'),
      ignored: spans(time, own, 'ignore'),
      from: Math.min(from, time.length - 1),
    }
  })
}

/** The things that have labels as a whole; their moments are those of all their series. */
export function labelDevices(series: readonly Series[], file: LabelsFile): Device[] {
  const labels = file.labels.filter(({ metric }) => metric === ANY_METRIC)
  const members = positionsBy(series, ({ thing }) => thing)
  return [...members].flatMap(([thing, own]) => {
    const incidents = labels.filter((label) => label.thing === thing)
    if (incidents.length === 0) return []
    const { time, aligned } = commonTime(own.map((i) => series[i]!.time))
    return {
      thing,
      series: own,
      time,
      aligned,
      anomalies: spans(time, incidents, 'anomaly'),
      ignored: [],
      from: judgedFrom(file, thing, series[own[0]!]!.metric, time),
    }
  })
}

function commonTime(columns: readonly Float64Array[]): Pick<Device, 'time' | 'aligned'> {
  const [first, ...others] = columns as [Float64Array, ...Float64Array[]]
  const aligned = others.every(
    (time) => time.length === first.length && time.every((moment, i) => moment === first[i]),
  )
  if (aligned) return { time: first, aligned }
  const moments = new Set(columns.flatMap((time) => [...time]))
  return { time: Float64Array.from(moments).sort(), aligned }
}

function judgedFrom(file: LabelsFile, thing: string, metric: string, time: Float64Array): number {
  const { evaluateFrom } = file
  return firstAtLeast(time, evaluateFrom[`${thing}|${metric}`] ?? evaluateFrom[thing] ?? time[0]!)
}

/** Where the labels of one kind lie, ascending; labels without datapoints are left out. */
function spans(time: Float64Array, labels: readonly Label[], kind: Label['kind']): Span[] {
  return labels
    .filter((label) => label.kind === kind)
    .map(({ start, end }): Span => [firstAtLeast(time, start), firstAtLeast(time, end + 1) - 1])
    .filter(([first, last]) => last >= first)
    .sort((a, b) => a[0] - b[0] || a[1] - b[1])
}

function keyOf({ thing, metric }: { thing: string; metric: string }): string {
  return `${thing},${metric}`
}
