import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Frontier } from '../../src/window/frontier.ts'

describe('the frontier', () => {
  test('begins runs in the order of their starts', () => {
    const frontier = new Frontier([30, 10, 20, 10])
    expect(frontier.nextStart).toBe(10)
    expect([0, 1, 2, 3, 4].map(() => frontier.begin())).toEqual([1, 3, 2, 0, null])
    expect(frontier.nextStart).toBe(Number.POSITIVE_INFINITY)
  })

  test('is the least of what runs being read have got to and of the starts of the others', () => {
    const frontier = new Frontier([0, 100])
    expect(frontier.time).toBe(0)
    frontier.begin()
    frontier.advance(0, 70)
    expect(frontier.time).toBe(70)
    frontier.advance(0, 500)
    expect(frontier.time).toBe(100)
    frontier.begin()
    expect(frontier.time).toBe(100)
    frontier.advance(1, 400)
    expect(frontier.time).toBe(400)
    frontier.finish(1)
    expect(frontier.time).toBe(500)
    frontier.finish(0)
    expect(frontier.time).toBe(Number.POSITIVE_INFINITY)
  })

  test('never goes back', () => {
    const step = fc.record({
      run: fc.nat({ max: 4 }),
      to: fc.nat({ max: 1_000 }),
      end: fc.boolean(),
    })
    const starts = fc.array(fc.oneof(fc.nat({ max: 500 }), fc.constant(Number.NEGATIVE_INFINITY)), {
      minLength: 1,
      maxLength: 5,
    })
    fc.assert(
      fc.property(starts, fc.array(step, { maxLength: 40 }), (starts, steps) => {
        const frontier = new Frontier(starts)
        let time = frontier.time
        for (const { run, to, end } of steps) {
          if (end && frontier.reading.has(run)) frontier.finish(run)
          else if (frontier.reading.has(run)) frontier.advance(run, to)
          else frontier.begin()
          expect(frontier.time).toBeGreaterThanOrEqual(time)
          time = frontier.time
        }
      }),
      { numRuns: 200 },
    )
  })

  test('of runs that do not know their start waits for them', () => {
    const frontier = new Frontier([5, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY])
    expect(frontier.time).toBe(Number.NEGATIVE_INFINITY)
    expect([frontier.begin(), frontier.begin()]).toEqual([1, 2])
    frontier.advance(1, 50)
    expect(frontier.time).toBe(Number.NEGATIVE_INFINITY)
    frontier.advance(2, 60)
    expect(frontier.time).toBe(5)
  })
})
