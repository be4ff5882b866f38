import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runPicture } from '../../../bench/picture/run.ts'
import { scaleOf, ticks, timeTicks } from '../../../bench/picture/scale.ts'
import { element, path } from '../../../bench/picture/svg.ts'

const HEADER = 'thing,metric,behavior,timestamp,value,score,score0,level,low,high'
const START = Date.UTC(2026, 0, 5)
const WINDOW = 300_000
const ROWS = 288

let folder = ''
let scores = ''
let labels = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'picture-'))
  scores = join(folder, 'scores.csv')
  labels = join(folder, 'labels.json')
  const levels = ['NONE', 'LOW', 'MEDIUM', 'HIGH']
  const lines = Array.from({ length: ROWS }, (_, i) => {
    const level = i >= 100 && i < 106 ? Math.min(3, i - 99) : 0
    const point = `${START + i * WINDOW},${10 + (i % 7)},${level + 0.5},0,${levels[level]}`
    // A gap of one window, and a range that is open below.
    if (i === 200) return []
    return [
      `"pump, <1>",m,p/m-low,${point},8,18`,
      `"pump, <1>",m,p/m-high,${point},,25`,
      `"pump, <1>",other,p/other,${point},8,18`,
      `fan,m,p/m-low,${point},8,18`,
    ]
  })
  // Order in the file is that of evaluation, not of time.
  writeFileSync(scores, `${[HEADER, ...lines.flat().reverse()].join('\n')}\n`)
  const label = (thing: string, first: number, kind: string) => {
    const [start, end] = [START + first * WINDOW, START + (first + 5) * WINDOW]
    return { thing, metric: 'm', start, end, kind }
  }
  const own = [label('pump, <1>', 100, 'anomaly'), label('pump, <1>', 150, 'ignore')]
  writeFileSync(labels, JSON.stringify({ labels: [...own, label('fan', 30, 'anomaly')] }))
})
afterAll(() => rmSync(folder, { recursive: true }))

async function drawn(...args: string[]) {
  let svg = ''
  let problem = ''
  const code = await runPicture(args, {
    result: (text) => (svg += text),
    problem: (line) => (problem += line),
  })
  return { code, svg, problem }
}

function of(thing: string, ...rest: string[]): string[] {
  const period = ['--from', '2026-01-05', '--to', '2026-01-06']
  return ['--scores', scores, '--thing', thing, '--metric', 'm', ...period, ...rest]
}

/** How often each class is drawn. */
function drawnOf(svg: string, name: string): number {
  return svg.split(`class="${name}"`).length - 1
}

describe('a picture', () => {
  test('shows bands, labels and the datapoints that reach a level, and says what is what', async () => {
    const { code, svg } = await drawn(
      ...of('pump, <1>', '--labels', labels, '--title', 'a < b & c'),
    )
    expect(code).toBe(0)
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 960 470"/)
    expect(svg).toContain('<title>a &lt; b &amp; c</title>')
    expect(svg).toContain('m of pump, &lt;1&gt;</text>')
    // Each once in the picture and once in the legend; of the bands there are two.
    expect([drawnOf(svg, 'label'), drawnOf(svg, 'ignored'), drawnOf(svg, 'band')]).toEqual([
      2, 2, 4,
    ])
    // Both panels and the legend.
    for (const level of ['LOW', 'MEDIUM', 'HIGH']) expect(drawnOf(svg, level)).toBe(3)
    expect(svg).toContain('normal for m-high, m-low (from the widest)')
    expect(svg).toContain('prefers-color-scheme:dark')
    expect(svg).not.toMatch(/NaN|Infinity|undefined/)
  })

  test('is well formed', async () => {
    const { svg } = await drawn(...of('pump, <1>', '--labels', labels))
    const open: string[] = []
    for (const [, close, name, self] of svg.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)) {
      if (close !== '') expect(open.pop()).toBe(name)
      else if (self === '') open.push(name!)
    }
    expect(open).toEqual([])
  })

  test('ends lines at gaps, and marks as many datapoints as reach a level', async () => {
    const { svg } = await drawn(...of('pump, <1>'))
    const [values] = /<path d="[^"]*" class="value"\/>/.exec(svg)!
    expect(values.split('M')).toHaveLength(3)
    const [high] = /<path d="[^"]*" class="HIGH"\/>/.exec(svg)!
    expect(high.split('M')).toHaveLength(1 + 4)
    expect(drawnOf(svg, 'label')).toBe(0)
  })

  test('has nothing of other things', async () => {
    const { svg } = await drawn(...of('fan', '--labels', labels))
    expect([drawnOf(svg, 'label'), drawnOf(svg, 'ignored'), drawnOf(svg, 'band')]).toEqual([
      2, 0, 2,
    ])
  })

  test('help says how', async () => {
    expect((await drawn('--help')).svg).toMatch(/^Usage:[^]*--scores FILE\.csv +What[^]*Exit codes/)
  })

  test.each([
    [['--fast'], 2, /unknown option "--fast"/],
    [['--thing', 't'], 2, /--metric M is missing/],
    [['--thing', 't', '--metric', 'm', '--from', '2026-01-05'], 2, /--from and --to should be/],
  ])('%j is wrong usage', async (args, code, message) => {
    expect(await drawn(...args)).toMatchObject({ code, problem: expect.stringMatching(message) })
  })

  test('what is not there, or no file of scores, is a failure', async () => {
    const none = await drawn(...of('nobody'))
    expect(none).toMatchObject({
      code: 1,
      problem: expect.stringContaining('nothing of nobody, m'),
    })
    const other = await drawn(...of('fan').map((word) => (word === scores ? labels : word)))
    expect(other).toMatchObject({ code: 1, problem: expect.stringContaining('should begin with') })
    const missing = await drawn(...of('fan').map((word) => (word === scores ? 'no.csv' : word)))
    expect(missing).toMatchObject({ code: 1, problem: expect.stringContaining('no.csv: ENOENT') })
  })
})

describe('its parts', () => {
  test('round numbers within a range', () => {
    expect(ticks(-0.1, 0.92, 8)).toEqual([0, 0.2, 0.4, 0.6, 0.8])
    expect(ticks(0, 300, 8)).toEqual([0, 50, 100, 150, 200, 250, 300])
    expect(ticks(1e6, 1.4e6, 4)).toEqual([1e6, 1.1e6, 1.2e6, 1.3e6, 1.4e6])
  })

  test('round moments, at most so many', () => {
    const day = timeTicks(START + 60_000, START + 24 * 3_600_000, 12)
    expect(day.map(({ text }) => text).slice(-3)).toEqual(['20:00', '22:00', '01-06'])
    expect(timeTicks(START, START + 20 * 24 * 3_600_000, 12)).toHaveLength(11)
  })

  test('a scale keeps to its ends', () => {
    const scale = scaleOf(0, 10, 100, 0)
    expect([-5, 0, 2.5, 10, Number.POSITIVE_INFINITY].map(scale)).toEqual([100, 100, 75, 0, 0])
  })

  test('relative steps do not add up errors', () => {
    const d = path(Array.from({ length: 100 }, (_, i) => [i / 3, i / 7]))
    const steps = [...d.matchAll(/[Ml](-?[\d.]+) (-?[\d.]+)/g)]
    const end = steps.reduce(([x, y], step) => [x! + Number(step[1]), y! + Number(step[2])], [0, 0])
    expect(end[0]).toBeCloseTo(33, 8)
    expect(end[1]).toBeCloseTo(14.1, 8)
  })

  test('attributes are escaped', () => {
    expect(element('a', { b: '"<&' })).toBe('<a b="&quot;&lt;&amp;"/>')
  })
})
