import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  cosTurns,
  exp,
  log,
  logFactorial,
  power,
  powerOfTen,
  sinTurns,
} from '../../src/stats/elementary.ts'
import { RandomStream } from '../../src/stats/random.ts'

const DRAWS = 200_000

/** Mean and variance of draws, each from a stream of its own, as the generator uses them. */
function moments(draw: (random: RandomStream) => number): { mean: number; variance: number } {
  const random = new RandomStream(7)
  let sum = 0
  let squares = 0
  for (let i = 0; i < DRAWS; i++) {
    const value = draw(random.seek(i % 400, 3, Math.floor(i / 400)))
    sum += value
    squares += value * value
  }
  const mean = sum / DRAWS
  return { mean, variance: squares / DRAWS - mean * mean }
}

interface Case {
  name: string
  draw: (random: RandomStream) => number
  mean: number
  variance: number
  /** Kurtosis: how uncertain the variance of the draws is. */
  kurtosis: number
}

const e = Math.exp
const CASES: Case[] = [
  { name: 'uniform', draw: (r) => r.uniform(), mean: 0.5, variance: 1 / 12, kurtosis: 1.8 },
  { name: 'between', draw: (r) => r.between(2, 8), mean: 5, variance: 3, kurtosis: 1.8 },
  { name: 'normal', draw: (r) => r.normal(), mean: 0, variance: 1, kurtosis: 3 },
  { name: 'exponential', draw: (r) => r.exponential(3), mean: 3, variance: 9, kurtosis: 9 },
  {
    name: 'lognormal',
    draw: (r) => r.logNormal(1, 0.35),
    mean: e(1 + 0.35 ** 2 / 2),
    variance: (e(0.35 ** 2) - 1) * e(2 + 0.35 ** 2),
    kurtosis: 5.4,
  },
  { name: 'Pareto 5', draw: (r) => r.pareto(5), mean: 1.25, variance: 5 / 48, kurtosis: 73.8 },
  {
    name: 'geometric',
    draw: (r) => r.geometric(0.6),
    mean: 2 / 3,
    variance: 10 / 9,
    kurtosis: 9.9,
  },
  { name: 'gamma 2', draw: (r) => r.gamma(2, 0.5), mean: 1, variance: 0.5, kurtosis: 6 },
  { name: 'gamma 0.3', draw: (r) => r.gamma(0.3, 2), mean: 0.6, variance: 1.2, kurtosis: 23 },
  { name: 'gamma 40', draw: (r) => r.gamma(40, 0.1), mean: 4, variance: 0.4, kurtosis: 3.2 },
  { name: 'beta', draw: (r) => r.beta(2, 3), mean: 0.4, variance: 0.04, kurtosis: 2.4 },
  { name: 'Poisson 0.15', draw: (r) => r.poisson(0.15), mean: 0.15, variance: 0.15, kurtosis: 9.7 },
  { name: 'Poisson 9.9', draw: (r) => r.poisson(9.9), mean: 9.9, variance: 9.9, kurtosis: 3.2 },
  { name: 'Poisson 10', draw: (r) => r.poisson(10), mean: 10, variance: 10, kurtosis: 3.1 },
  {
    name: 'Poisson 3000',
    draw: (r) => r.poisson(3_000),
    mean: 3_000,
    variance: 3_000,
    kurtosis: 3,
  },
  {
    name: 'negative binomial',
    draw: (r) => r.negativeBinomial(20, 2),
    mean: 20,
    variance: 220,
    kurtosis: 6.1,
  },
  { name: 'binomial', draw: (r) => r.binomial(4, 0.2), mean: 0.8, variance: 0.64, kurtosis: 3.1 },
]

describe('distributions have their mean and variance', () => {
  test.each(CASES)('$name', ({ draw, mean, variance, kurtosis }) => {
    const found = moments(draw)
    // Five standard errors of each estimate.
    expect(Math.abs(found.mean - mean)).toBeLessThan(5 * Math.sqrt(variance / DRAWS))
    const error = variance * Math.sqrt((kurtosis - 1) / DRAWS)
    expect(Math.abs(found.variance - variance)).toBeLessThan(5 * error)
  })
})

describe('Poisson counts come as often as they should', () => {
  test.each([0.5, 4, 9.99, 12, 60])('mean %d', (mean) => {
    const random = new RandomStream(3)
    const counts = new Map<number, number>()
    for (let i = 0; i < DRAWS; i++) {
      const count = random.poisson(mean)
      counts.set(count, (counts.get(count) ?? 0) + 1)
    }
    for (const [count, found] of counts) {
      const logFact = Array.from({ length: count }, (_, i) => Math.log(i + 1)).reduce(
        (a, b) => a + b,
        0,
      )
      const expected = DRAWS * Math.exp(count * Math.log(mean) - mean - logFact)
      if (expected < 20) continue
      expect(Math.abs(found - expected)).toBeLessThan(5 * Math.sqrt(expected))
    }
  })
})

test('normal draws reach into the tails as often as they should', () => {
  const random = new RandomStream(5)
  const beyond = [0, 0, 0, 0]
  const total = 2_000_000
  for (let i = 0; i < total; i++) {
    const z = Math.abs(random.normal())
    for (let k = 1; k < 4; k++) if (z > k + 0.5) beyond[k]!++
  }
  // P(|Z| > 1.5), 2.5, 3.5; the last lies beyond the ziggurat's edge at 3.44.
  for (const [k, probability] of [
    [1, 0.133614],
    [2, 0.012419],
    [3, 0.000465258],
  ] as const) {
    const expected = total * probability
    expect(Math.abs(beyond[k]! - expected)).toBeLessThan(5 * Math.sqrt(expected))
  }
})

describe('streams', () => {
  const address = fc.tuple(fc.integer(), fc.integer(), fc.integer())

  test('an address gives the same draws whatever was drawn before', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), address, address, fc.nat(20), (seed, a, b, between) => {
        const random = new RandomStream(seed)
        random.seek(...a)
        const first = [random.bits(), random.normal(), random.gamma(0.5, 1)]
        random.seek(...b)
        for (let i = 0; i < between; i++) random.normal()
        random.seek(...a)
        expect([random.bits(), random.normal(), random.gamma(0.5, 1)]).toEqual(first)
      }),
    )
  })

  test('neighbors in each part of the address, and neighboring seeds, are uncorrelated', () => {
    const pairs: ((i: number) => [RandomStream, RandomStream])[] = [
      (i) => [new RandomStream(1).seek(i, 2, 3), new RandomStream(1).seek(i + 1, 2, 3)],
      (i) => [new RandomStream(1).seek(2, i, 3), new RandomStream(1).seek(2, i + 1, 3)],
      (i) => [new RandomStream(1).seek(2, 3, i), new RandomStream(1).seek(2, 3, i + 1)],
      (i) => [new RandomStream(i).seek(2, 3, 4), new RandomStream(i + 1).seek(2, 3, 4)],
      (i) => [new RandomStream(1).seek(i, i + 1, 3), new RandomStream(1).seek(i + 1, i, 3)],
      (i) => [new RandomStream(i).seek(2, 3, 4), new RandomStream(i + 2 ** 32).seek(2, 3, 4)],
    ]
    const n = 20_000
    for (const pair of pairs) {
      let sum = 0
      for (let i = 0; i < n; i++) {
        const [a, b] = pair(i)
        sum += (a.uniform() - 0.5) * (b.uniform() - 0.5) * 12
      }
      expect(Math.abs(sum / n)).toBeLessThan(5 / Math.sqrt(n))
    }
  })

  test('no two of many addresses begin with the same 64 bits', () => {
    const random = new RandomStream(9)
    const seen = new Set<string>()
    for (let thing = 0; thing < 100; thing++) {
      for (let purpose = -2; purpose < 8; purpose++) {
        for (let step = 0; step < 100; step++) {
          random.seek(thing, purpose, step)
          seen.add(`${random.bits()} ${random.bits()}`)
        }
      }
    }
    expect(seen.size).toBe(100_000)
  })

  test('draws are pinned: another platform must find the same', () => {
    const random = new RandomStream(2 ** 40 + 11).seek(1, 2, 3)
    const drawn = [
      random.bits(),
      random.uniform(),
      random.normal(),
      random.gamma(0.4, 2),
      random.poisson(1_000),
      random.negativeBinomial(50, 0.7),
      random.beta(2, 3),
      random.pareto(1.5),
      random.geometric(0.1),
    ]
    expect(drawn).toMatchInlineSnapshot(`
      [
        2116952153,
        0.290972595452331,
        -1.9217610099418887,
        0.8263501872499713,
        1053,
        45,
        0.30660787219586055,
        1.347399109764194,
        6,
      ]
    `)
  })

  test('the bits of the draws are balanced', () => {
    const random = new RandomStream(1)
    const ones = new Int32Array(32)
    for (let i = 0; i < DRAWS; i++) {
      const bits = random.seek(i, 1, 1).bits()
      for (let bit = 0; bit < 32; bit++) ones[bit]! += (bits >>> bit) & 1
    }
    for (const count of ones) {
      expect(Math.abs(count - DRAWS / 2)).toBeLessThan(2.5 * Math.sqrt(DRAWS))
    }
  })
})

describe('elementary functions agree with those of Math', () => {
  const relative = (found: number, wanted: number) => Math.abs(found / wanted - 1)

  test('exp', () => {
    fc.assert(
      fc.property(fc.double({ min: -690, max: 690, noNaN: true }), (x) => {
        expect(relative(exp(x), Math.exp(x))).toBeLessThan(2e-13)
      }),
    )
  })

  test('log', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), (x) => {
        const error = Math.abs(log(x) - Math.log(x))
        expect(error).toBeLessThan(1e-14 * Math.max(1, Math.abs(Math.log(x))))
      }),
    )
  })

  test('powers', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
        fc.double({ min: -30, max: 30, noNaN: true }),
        (base, exponent) => {
          expect(relative(power(base, exponent), base ** exponent)).toBeLessThan(1e-12)
          expect(relative(powerOfTen(exponent), 10 ** exponent)).toBeLessThan(1e-12)
        },
      ),
    )
  })

  test('whole powers of ten are the numbers written so', () => {
    for (let n = -300; n <= 300; n++) expect(powerOfTen(n)).toBe(Number(`1e${n}`))
  })

  test('sin and cos', () => {
    fc.assert(
      fc.property(fc.double({ min: -50, max: 50, noNaN: true }), (turns) => {
        expect(Math.abs(sinTurns(turns) - Math.sin(turns * 2 * Math.PI))).toBeLessThan(1e-12)
        expect(Math.abs(cosTurns(turns) - Math.cos(turns * 2 * Math.PI))).toBeLessThan(1e-12)
      }),
    )
  })

  test('log of factorials', () => {
    let sum = 0
    for (let n = 1; n < 300; n++) {
      sum += Math.log(n)
      expect(Math.abs(logFactorial(n) - sum)).toBeLessThan(1e-9)
    }
    expect(logFactorial(0)).toBe(0)
  })
})
