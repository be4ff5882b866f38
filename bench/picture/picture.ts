import type { Label } from '../../src/domain/labels.ts'
import { DEFAULT_WINDOW_MS } from '../../src/domain/time.ts'
import { legend } from './legend.ts'
import {
  band,
  curve,
  marks,
  type Panel,
  stretches,
  thresholds,
  timeAxis,
  valueAxis,
} from './panel.ts'
import type { Excerpt, ScoredPoint, ScoredSeries } from './read-scores.ts'
import { scaleOf, ticks, timeTicks } from './scale.ts'
import { styleSheet } from './style.ts'
import { element, escaped, textAt } from './svg.ts'

const WIDTH = 960
const HEIGHT = 470
const LEFT = 64
const RIGHT = WIDTH - 70
const VALUES = { top: 48, bottom: 282 }
const SCORES = { top: 300, bottom: 396 }
/** The scores' axis reaches at least to here. */
const LEAST_SCORE = 5
/** Of the values' range, left free above and below; bands may lie beyond. */
const MARGIN = 0.15
const MOST_MOMENTS = 12
const MOST_VALUES = 8
const LEGEND = SCORES.bottom + 38

export interface Drawing extends Excerpt {
  title: string
  series: ScoredSeries
  labels: readonly Label[]
}

/**
 * A series with what was expected of it, above its scores: labelled stretches shaded, datapoints that
 * reach a level marked. Each behavior of the metric has a band of its own, the widest behind.
 */
export function picture({ title, series, labels, thing, metric, from, to }: Drawing): string {
  const [points] = [...series.values()] as [readonly ScoredPoint[]]
  const parts = withoutGaps(points)
  const x = scaleOf(from, to, LEFT, RIGHT)
  const sides = { left: LEFT, right: RIGHT, x }
  const [least, most] = valueRange(points)
  const values: Panel = { ...sides, ...VALUES, y: scaleOf(least, most, VALUES.bottom, VALUES.top) }
  const bands = [...series].sort(([, a], [, b]) => area(values, b) - area(values, a))
  const highest = Math.max(LEAST_SCORE, ...points.map(({ score }) => score))
  const scores: Panel = { ...sides, ...SCORES, y: scaleOf(0, highest, SCORES.bottom, SCORES.top) }
  const both = { ...values, bottom: SCORES.bottom }
  const own = labels.filter(
    (label) =>
      label.thing === thing && label.metric === metric && label.end >= from && label.start < to,
  )
  const content = [
    element('title', {}, escaped(title)),
    styleSheet(),
    element('rect', { width: WIDTH, height: HEIGHT, class: 'paper' }),
    textAt(LEFT, 28, title, { class: 'title' }),
    ...timeAxis(both, timeTicks(from, to, MOST_MOMENTS)),
    ...valueAxis(values, ticks(least, most, MOST_VALUES), `${metric} of ${thing}`),
    ...valueAxis(scores, [0], 'score'),
    ...thresholds(scores),
    ...stretches(both, own, DEFAULT_WINDOW_MS),
    ...bands.map(([, expected]) => band(values, withoutGaps(expected))),
    curve(values, parts, 'value'),
    ...marks(values, points, 'value'),
    curve(scores, parts, 'score'),
    ...marks(scores, points, 'score'),
    textAt(RIGHT, LEGEND + 20, 'time, UTC', { class: 'faint', 'text-anchor': 'end' }),
    ...legend(
      LEFT,
      LEGEND,
      bands.map(([name]) => name),
      own,
    ),
  ]
  const size = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, role: 'img' }
  return `${element('svg', { xmlns: 'http://www.w3.org/2000/svg', ...size }, content)}\n`
}

/** What a band covers, as far as it is drawn. */
function area({ y }: Panel, points: readonly ScoredPoint[]): number {
  return points.reduce((sum, { low, high }) => sum + y(low) - y(high), 0)
}

function valueRange(points: readonly ScoredPoint[]): [least: number, most: number] {
  const values = points.map(({ value }) => value)
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const margin = most > least ? MARGIN * (most - least) : 1
  return [least - margin, most + margin]
}

/** Parted where a datapoint is missing. */
function withoutGaps(points: readonly ScoredPoint[]): ScoredPoint[][] {
  const parts: ScoredPoint[][] = []
  points.forEach((point, i) => {
    const before = points[i - 1]
    if (before === undefined || point.time - before.time > DEFAULT_WINDOW_MS) parts.push([])
    parts[parts.length - 1]!.push(point)
  })
  return parts
}
