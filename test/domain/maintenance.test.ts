import { describe, expect, test } from 'vitest'
import { parseMaintenance } from '../../src/domain/maintenance.ts'
import { formatProblem } from '../../src/domain/problem.ts'
import { MAX_TIME } from '../../src/domain/time.ts'

function problemsOf(document: unknown): string[] {
  const text = typeof document === 'string' ? document : JSON.stringify(document)
  return parseMaintenance(text, 'm.json').problems.map((problem) => formatProblem(problem))
}

test('periods of all things or some, with or without ends', () => {
  const { periods, problems } = parseMaintenance(
    JSON.stringify({
      periods: [
        { from: '2026-01-02T03:00:00Z', to: 1_767_326_400 },
        { things: ['a', 'b'] },
        { from: '2026-01-02', things: [] },
      ],
    }),
    'm.json',
  )
  expect(problems).toEqual([])
  const day = Date.UTC(2026, 0, 2)
  expect(periods).toEqual([
    { from: day + 3 * 3_600_000, to: 1_767_326_400_000, things: null },
    { from: 0, to: MAX_TIME, things: new Set(['a', 'b']) },
    { from: day, to: MAX_TIME, things: new Set() },
  ])
})

describe('what is wrong is told with its place', () => {
  test.each([
    ['{', /m\.json: error/],
    [[], /m\.json: error: should be one JSON object/],
    [{ periods: 1 }, /should be one JSON object with a list "periods"/],
    [{ periods: [3] }, /periods\[0\]: error: 3 should be an object/],
    [{ periods: [{ from: 'soon' }] }, /periods\[0\]\.from: error: "soon" is no moment/],
    [{ periods: [{ from: 20, to: 10 }] }, /periods\[0\]: error: ends before it begins/],
    [{ periods: [{ things: 'a' }] }, /periods\[0\]\.things: error: "a" should be a list/],
    [{ periods: [{ until: 3 }] }, /until: warning/],
  ])('%j', (document, message) => {
    expect(problemsOf(document).join('\n')).toMatch(message)
  })
})
