import type { Label as JudgedLabel } from '../../../src/domain/labels.ts'
import type { BenignScript } from '../../../src/synthetic/benign-events.ts'
import { generateFleet } from '../../../src/synthetic/generate.ts'
import type { GroundTruth, Label } from '../../../src/synthetic/ground-truth.ts'
import type { FleetOptions } from '../../../src/synthetic/options.ts'
import { SEASONAL_METRICS } from '../../../src/synthetic/rhythm.ts'
import type { ScriptName, Strength } from '../../../src/synthetic/scripts.ts'
import { labelDevices, labelSeries } from '../label.ts'
import { firstAtLeast } from '../order.ts'
import { type LabelledSet, positionsBy, type Series, type Span } from '../series.ts'
import { reportColumns } from './report-columns.ts'

/** What else is known of a generated series. */
export interface Origin {
  /** From UTC to the thing's local time. */
  offsetMs: number
  /** Its weekends differ from its other days. */
  weekly: boolean
  /** What is to be found in it. */
  incidents: readonly { span: Span; script: ScriptName; strength: Strength }[]
  /** Unusual but harmless stretches: an alarm there is false. */
  harmless: readonly { span: Span; script: BenignScript }[]
}

/** A labelled set of which everything is known. */
export interface GeneratedSet extends LabelledSet {
  /** By series. */
  origins: readonly Origin[]
}

/** A labelled set made in memory; the same options give the same set. */
export function generatedSet(options: Partial<FleetOptions>): GeneratedSet {
  const fleet = generateFleet(options)
  const truth = fleet.groundTruth()
  const columns = reportColumns(fleet.chunks(), fleet.things, fleet.metrics)
  const { dataset, cadenceMs, evaluateFrom } = truth
  const labels = [...truth.labels.flatMap(judged), ...incidentsOfThings(truth)]
  const file = { dataset, cadenceMs, evaluateFrom, labels, note: '', format: '' }
  const series = labelSeries(columns, file)
  const rhythms = new Map(fleet.things.map((thing, i) => [thing, fleet.rhythms[i]!]))
  const labelsByThing = positionsBy(truth.labels, ({ thing }) => thing)
  const origins = series.map((one): Origin => {
    const { offsetMs, weekly } = rhythms.get(one.thing)!
    const own = (labelsByThing.get(one.thing) ?? []).map((i) => truth.labels[i]!)
    return {
      offsetMs,
      weekly: weekly && SEASONAL_METRICS.includes(one.metric),
      ...stretchesOf(one, own),
    }
  })
  return { name: dataset, dataset, series, devices: labelDevices(series, file), origins }
}

/** As the judge of any labelled set knows it: what is harmless is like anything else. */
function judged({ thing, metric, start, end, kind }: Label): JudgedLabel[] {
  return kind === 'benign' ? [] : [{ thing, metric, start, end, kind }]
}

/** Incidents as those of whole things, each once. */
function incidentsOfThings({ labels }: GroundTruth): JudgedLabel[] {
  const anomalies = labels.filter(({ kind }) => kind === 'anomaly')
  const incidents = positionsBy(anomalies, ({ thing, start }) => `${thing} ${start}`)
  return [...incidents.values()].map(([first]) => {
    const { thing, start, end } = anomalies[first!]!
    return { thing, metric: '*', start, end, kind: 'anomaly' }
  })
}

function stretchesOf(
  { metric, time }: Series,
  labels: readonly Label[],
): Pick<Origin, 'incidents' | 'harmless'> {
  const placed = labels
    .filter((label) => label.metric === metric || label.metric === '*')
    .map((label): Label & { span: Span } => ({
      ...label,
      span: [firstAtLeast(time, label.start), firstAtLeast(time, label.end + 1) - 1],
    }))
    .filter(({ span: [first, last] }) => last >= first)
  return {
    incidents: placed
      .filter(({ kind }) => kind === 'anomaly')
      .map(({ span, script, strength }) => ({
        span,
        script: script as ScriptName,
        strength: strength!,
      })),
    harmless: placed
      .filter(({ kind }) => kind === 'benign')
      .map(({ span, script }) => ({ span, script: script as BenignScript })),
  }
}
