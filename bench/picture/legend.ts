import { CONFIDENCE_LEVELS } from '../../src/domain/behavior.ts'
import type { Label } from '../../src/domain/labels.ts'
import { mark } from './panel.ts'
import { element, textAt } from './svg.ts'

/** What the text before a gap takes, by guess: the reader's font decides. */
const CHARACTER = 6.6
const GAP = 20
const ROW = 20

interface Entry {
  text: string
  /** Its sample, drawn to end at x and centered at y. */
  sample: (x: number, y: number) => string
}

/** Two rows: what is shown of the data, and how far the marked datapoints go. */
export function legend(
  left: number,
  top: number,
  behaviors: readonly string[],
  labels: readonly Label[],
): string[] {
  const kinds = new Set(labels.map(({ kind }) => kind))
  const bands = behaviors.map((name) => name.split('/').pop()!)
  const entries: Entry[] = [
    {
      text: 'measured',
      sample: (x, y) => element('path', { d: `M${x - 18} ${y}h18`, class: 'value' }),
    },
    { text: `normal for ${bands.join(', ')} (from the widest)`, sample: nested(bands.length) },
  ]
  if (kinds.has('anomaly')) entries.push({ text: 'labelled anomaly', sample: area('label') })
  if (kinds.has('ignore')) entries.push({ text: 'incident elsewhere', sample: area('ignored') })
  const levels = CONFIDENCE_LEVELS.map((level): Entry => {
    const sample = (x: number, y: number) =>
      element('path', { d: mark(level, x - 6, y), class: level })
    return { text: `anomalous at ${level}`, sample }
  })
  return [...row(left, top, entries), ...row(left, top + ROW, levels)]
}

function row(left: number, y: number, entries: readonly Entry[]): string[] {
  let x = left
  return entries.flatMap(({ text, sample }) => {
    const at = x + 18
    x = at + 6 + text.length * CHARACTER + GAP
    return [sample(at, y - 4), textAt(at + 6, y, text)]
  })
}

function area(name: string): Entry['sample'] {
  return (x, y) => element('rect', { x: x - 18, y: y - 6, width: 18, height: 12, class: name })
}

/** Areas over each other, as the bands lie in the picture. */
function nested(count: number): Entry['sample'] {
  return (x, y) =>
    Array.from({ length: count }, (_, i) => {
      const height = 14 - (10 / count) * i
      const box = { x: x - 18, y: y - height / 2, width: 18, height }
      return element('rect', { ...box, class: 'band' })
    }).join('')
}
