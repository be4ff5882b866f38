import { CONFIDENCE_LEVELS, type ConfidenceLevel, LEVEL_SCORE } from '../../src/domain/behavior.ts'
import type { Label } from '../../src/domain/labels.ts'
import type { ScoredPoint } from './read-scores.ts'
import type { Scale } from './scale.ts'
import { element, path, type Point, tenth, textAt } from './svg.ts'

/** A rectangle to draw in, and how times and values lie in it. */
export interface Panel {
  left: number
  right: number
  top: number
  bottom: number
  x: Scale
  y: Scale
}

/** Horizontal lines with their values at the left. */
export function valueAxis(panel: Panel, values: readonly number[], title: string): string[] {
  const { left, right, top, bottom, y } = panel
  const middle = (top + bottom) / 2
  const place = { class: 'faint', 'text-anchor': 'middle' }
  return [
    ...values.map((value) => line(left, y(value), right, y(value), 'grid')),
    ...values.map((value) =>
      textAt(left - 8, y(value) + 4, `${value}`, { class: 'faint', 'text-anchor': 'end' }),
    ),
    textAt(0, 0, title, { ...place, transform: `translate(14 ${tenth(middle)}) rotate(-90)` }),
  ]
}

export function timeAxis(
  panel: Panel,
  moments: readonly { time: number; text: string }[],
): string[] {
  const { top, bottom, x } = panel
  return moments.flatMap(({ time, text }) => [
    line(x(time), top, x(time), bottom, 'grid'),
    textAt(x(time), bottom + 16, text, { class: 'faint', 'text-anchor': 'middle' }),
  ])
}

/** Labelled stretches as upright bars, with the window behind their last datapoint. */
export function stretches(
  { top, bottom, x }: Panel,
  labels: readonly Label[],
  windowMs: number,
): string[] {
  return labels.map(({ start, end, kind }) => {
    const from = x(start)
    const width = Math.max(1, x(end + windowMs) - from)
    const name = kind === 'anomaly' ? 'label' : 'ignored'
    return element('rect', { x: from, y: top, width, height: bottom - top, class: name })
  })
}

/** What was expected, as an area; an open end lies at the panel's edge. */
export function band({ x, y }: Panel, parts: readonly (readonly ScoredPoint[])[]): string {
  const areas = parts.map((points) => {
    const upper = points.map(({ time, high }): Point => [x(time), y(high)])
    const lower = points.map(({ time, low }): Point => [x(time), y(low)])
    return `${path([...upper, ...lower.reverse()])}z`
  })
  return element('path', { d: areas.join(''), class: 'band' })
}

export function curve(
  { x, y }: Panel,
  parts: readonly (readonly ScoredPoint[])[],
  of: 'value' | 'score',
): string {
  const lines = parts.map((points) => path(points.map((point) => [x(point.time), y(point[of])])))
  return element('path', { d: lines.join(''), class: 'value' })
}

/** A mark of its own shape at each datapoint that reaches a level. */
export function marks(
  { x, y }: Panel,
  points: readonly ScoredPoint[],
  of: 'value' | 'score',
): string[] {
  return CONFIDENCE_LEVELS.flatMap((level) => {
    const own = points.filter((point) => point.level === level)
    if (own.length === 0) return []
    const shapes = own.map((point) => mark(level, x(point.time), y(point[of])))
    return [element('path', { d: shapes.join(''), class: level })]
  })
}

const SIZE: Readonly<Record<ConfidenceLevel, number>> = { LOW: 2.6, MEDIUM: 4, HIGH: 3.6 }

/** LOW a dot, MEDIUM a diamond, HIGH a square. */
export function mark(level: ConfidenceLevel, x: number, y: number): string {
  const r = SIZE[level]
  const [left, top] = [tenth(x - r), tenth(y - r)]
  if (level === 'LOW')
    return `M${left} ${tenth(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`
  if (level === 'MEDIUM') return `M${left} ${tenth(y)}l${r} ${-r} ${r} ${r} ${-r} ${r}z`
  return `M${left} ${top}h${2 * r}v${2 * r}h${-2 * r}z`
}

/** The bounds of the three levels. */
export function thresholds({ left, right, y }: Panel): string[] {
  return CONFIDENCE_LEVELS.flatMap((level) => {
    const at = y(LEVEL_SCORE[level])
    return [
      line(left, at, right, at, 'grid threshold'),
      textAt(right + 6, at + 4, level, { class: 'faint' }),
    ]
  })
}

function line(x1: number, y1: number, x2: number, y2: number, name: string): string {
  return element('line', { x1, y1, x2, y2, class: name })
}
