import type { ScoreColumn, Series, Span } from '../../../bench/quality/series.ts'

const ROWS = 700
const FROM = 160
const START = 1_768_003_200_000

/** Whole numbers in [0, 1024), the same in any language. */
function draws(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(1_664_525, state) + 1_013_904_223) >>> 0
    return state >>> 22
  }
}

/** Mostly 0, seldom up to 4. */
function quietScore(draw: number): number {
  let rare = draw
  for (let i = 0; i < 8; i++) rare = (rare * rare) >>> 10
  return rare / 256
}

/**
 * Three metrics (the last one hourly) of four things with gaps, labels and invented scores, some of
 * them missing or infinite: the fleet that `fleet-golden.json` has the measures of.
 */
export function labelledFleet(): { series: Series[]; scores: ScoreColumn[] } {
  const draw = draws(20_261_120)
  const series: Series[] = []
  const scores: ScoreColumn[] = []
  for (let metric = 0; metric < 3; metric++) {
    for (let thing = 0; thing < 4; thing++) {
      const time = new Float64Array(ROWS)
      const score = new Float64Array(ROWS)
      let moment = START
      for (let i = 0; i < ROWS; i++) {
        time[i] = moment
        const steps = metric === 2 || (i + 7 * thing) % 97 !== 0 ? 1 : 9
        moment += steps * (metric === 2 ? 3_600_000 : 300_000)
        const drawn = draw()
        score[i] = drawn % 37 === 0 ? Number.NaN : quietScore(drawn)
      }
      const anomalies: Span[] = []
      const ignored: Span[] = []
      for (let first = 150 + 20 * thing + 5 * metric; first < ROWS - 30; first += 120) {
        const last = first + (draw() % 20)
        if (draw() % 4 === 0) {
          ignored.push([first, last])
          continue
        }
        anomalies.push([first, last])
        for (let i = first; i <= last; i++) {
          if (draw() % 4 !== 0) continue
          const infinite = draw() % 50 === 0
          const usual = Number.isNaN(score[i]) ? 0 : score[i]!
          score[i] = infinite ? Number.POSITIVE_INFINITY : Math.min(15, usual + draw() / 160)
        }
      }
      const names = { thing: `t${thing}`, metric: `m${metric}` }
      series.push({ ...names, time, value: new Float64Array(ROWS), anomalies, ignored, from: FROM })
      scores.push(score)
    }
  }
  return { series, scores }
}
