import { describe, expect, test } from 'vitest'
import { cellBase, PAGE } from '../../src/columnar/pane-columns.ts'
import { compareWithFleet, type MeasuredEvent } from '../../src/detect/same-window.ts'
import type { Stretch } from '../../src/window/stretch.ts'
import type { Watch } from '../../src/detect/watch.ts'
import type { Explanation, ViolationEvent } from '../../src/domain/violation.ts'
import { ML_METRICS } from '../../src/domain/metric.ts'
import { Pane } from '../../src/window/pane.ts'
import { paneShape } from '../../src/window/pane-shape.ts'

const METRICS = 3
const METRIC = 1
const WINDOW = 77

/** A window in which thing i measured i, but for every tenth. */
function paneOf(things: number): Pane {
  const pane = new Pane(Math.ceil(things / PAGE) * PAGE, paneShape(ML_METRICS.slice(0, METRICS)))
  pane.window = WINDOW
  for (let seat = 0; seat < things; seat++) {
    if (seat % 10 === 9) continue
    const cell = cellBase(seat, METRICS) + METRIC * PAGE
    pane.value[cell] = seat
    pane.mark[cell] = 1
    pane.value[cell + PAGE] = 1e9
    pane.mark[cell + PAGE] = 1
  }
  return pane
}

function stretchOf(things: number): Stretch {
  return { panes: [paneOf(things)], digested: null, rows: 0, until: 0, endsDay: null }
}

function measured(judge: 'ml' | 'rule'): MeasuredEvent {
  const watch = { metricIndex: METRIC, anomalies: new Map([[WINDOW, 3]]), judge: { kind: judge } }
  const explanation = { sameWindow: null, text: 'x was 5' } as Explanation
  const event = { explanation } as ViolationEvent
  return { event, watch: watch as unknown as Watch, window: WINDOW }
}

describe('an event', () => {
  test.each([20, 40_000])('says what %d things did in its window', (things) => {
    const one = measured('ml')
    compareWithFleet([one], stretchOf(things), METRICS, () => null)
    const { sameWindow, text } = one.event.explanation!
    expect(sameWindow).toMatchObject({ things: 0.9 * things, anomalous: 3 })
    const { low, middle, high } = sameWindow!
    for (const [found, share] of [
      [low, 0.25],
      [middle, 0.5],
      [high, 0.75],
    ] as const) {
      expect(Math.abs(found - share * things)).toBeLessThan(0.01 * things + 1)
    }
    expect(text).toBe(
      `x was 5; then 3 of ${0.9 * things} things were anomalous, the middle one had ` +
        `${Number(middle.toPrecision(5))} (half of them ${Number(low.toPrecision(5))} to ` +
        `${Number(high.toPrecision(5))})`,
    )
  })

  test('counts the things that its behavior watches, and says so where it is one alone', () => {
    const one = measured('ml')
    const members = Uint8Array.from({ length: 24 }, (_, seat) => (seat === 4 ? 1 : 0))
    compareWithFleet([one], stretchOf(20), METRICS, () => members)
    expect(one.event.explanation!.sameWindow).toMatchObject({
      things: 1,
      low: 4,
      middle: 4,
      high: 4,
    })
    expect(one.event.explanation!.text).toBe('x was 5; no other thing measured anything then')
  })

  test('of a rule says nothing of the others', () => {
    const one = measured('rule')
    compareWithFleet([one], stretchOf(20), METRICS, () => null)
    expect(one.event.explanation).toEqual({ sameWindow: null, text: 'x was 5' })
  })
})
