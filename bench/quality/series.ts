/** First and last datapoint of a stretch, both inclusive, as positions in a series. */
export type Span = readonly [first: number, last: number]

/** What is judged: moments, and which of them experts labelled. */
export interface Labelled {
  /** Epoch ms by datapoint; where clocks were set back a moment can repeat or lie before the last. */
  time: Float64Array
  /** To be detected. */
  anomalies: readonly Span[]
  /** Neither hits nor false alarms. */
  ignored: readonly Span[]
  /** The first judged datapoint; those before it are training only. */
  from: number
}

/** Those that do not begin before anything is judged. */
export function judgedAnomalies({ anomalies, from }: Labelled): Span[] {
  return anomalies.filter(([first]) => first >= from)
}

/** One metric of one thing. */
export interface Series extends Labelled {
  thing: string
  metric: string
  value: Float64Array
}

/** A thing as a whole, any of whose metrics may show its incidents. */
export interface Device extends Labelled {
  thing: string
  /** Positions of its series in the set. */
  series: readonly number[]
  /** Its series all have just its moments; else it has theirs, each once, ascending. */
  aligned: boolean
}

export interface LabelledSet {
  name: string
  /** As its labels file calls it. */
  dataset: string
  series: readonly Series[]
  /** Empty where nothing is labelled at the level of the thing. */
  devices: readonly Device[]
}

/** One score per datapoint of a series; NaN where there is none. */
export type ScoreColumn = Float32Array | Float64Array

/** A way to score, causal: a score depends on earlier datapoints and its own only. */
export interface Detector {
  name: string
  /** Its scores are -log10 of tail probabilities, so that the confidence levels mean something to them. */
  calibrated: boolean
  /** One column per series of `fleet`, which holds all series of one metric. */
  score(fleet: readonly Series[]): ScoreColumn[]
}

/** Positions of the items that share a key, keys in the order in which they appear. */
export function positionsBy<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
): Map<string, number[]> {
  const positions = new Map<string, number[]>()
  items.forEach((item, i) => {
    const key = keyOf(item)
    const own = positions.get(key)
    if (own === undefined) positions.set(key, [i])
    else own.push(i)
  })
  return positions
}

/** The scores of all series of a set, fleet by fleet. */
export function scoreSet(series: readonly Series[], detector: Detector): ScoreColumn[] {
  const columns = new Array<ScoreColumn>(series.length)
  for (const fleet of positionsBy(series, ({ metric }) => metric).values()) {
    const scored = detector.score(fleet.map((i) => series[i]!))
    fleet.forEach((i, at) => {
      columns[i] = scored[at]!
    })
  }
  return columns
}
