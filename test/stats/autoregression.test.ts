import { expect, test } from 'vitest'
import { Autoregression } from '../../src/stats/autoregression.ts'
import { NumberLog } from '../../src/stats/number-log.ts'
import { RandomStream } from '../../src/stats/random.ts'

/** x_t = 0.2 + 1.2 x_(t-1) - 0.5 x_(t-2) + noise of deviation 0.1, and that noise. */
function process(length: number): { values: number[]; noise: number[] } {
  const random = new RandomStream(3)
  const noise = Array.from({ length }, () => 0.1 * random.normal())
  const values: number[] = []
  for (let t = 0; t < length; t++) {
    values.push(0.2 + 1.2 * (values[t - 1] ?? 0) - 0.5 * (values[t - 2] ?? 0) + noise[t]!)
  }
  return { values, noise }
}

function meanSquare(numbers: readonly number[]): number {
  return numbers.reduce((sum, x) => sum + x * x, 0) / numbers.length
}

test('what is left of a process it has learned is the noise', () => {
  const { values, noise } = process(3_000)
  const learner = new Autoregression()
  const residuals = values.map((x) => learner.residual(x))
  const errors = residuals.slice(1_000).map((residual, i) => residual - noise[1_000 + i]!)
  expect(meanSquare(errors)).toBeLessThan(0.02 * meanSquare(noise))
})

test('begins by foretelling what was there before', () => {
  const learner = new Autoregression()
  expect([5, 6, 8].map((x) => learner.residual(x))).toEqual([0, 1, 2])
})

test('a spike stays a spike and teaches little', () => {
  const { values, noise } = process(3_000)
  const spiked = values.slice()
  spiked[2_000]! += 1_000
  const learner = new Autoregression()
  const residuals = spiked.map((x) => learner.residual(x))
  expect(residuals[2_000]).toBeGreaterThan(990)
  const later = residuals.slice(2_010).map((residual, i) => residual - noise[2_010 + i]!)
  expect(meanSquare(later)).toBeLessThan(0.1 * meanSquare(noise))
})

test('stays bounded on a constant, which teaches it nothing for long', () => {
  const learner = new Autoregression()
  for (let t = 0; t < 100_000; t++) expect(Math.abs(learner.residual(1))).toBeLessThan(1e-6)
})

test('goes on from its bytes as if nothing had been', () => {
  const { values } = process(200)
  for (const cut of [0, 2, 100]) {
    const learner = new Autoregression()
    for (const x of values.slice(0, cut)) learner.residual(x)
    const log = NumberLog.empty()
    learner.save(log)
    const again = new Autoregression()
    again.load(NumberLog.of(log.toBytes()))
    for (const x of values.slice(cut)) expect(again.residual(x)).toBe(learner.residual(x))
  }
})
