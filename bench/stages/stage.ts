/** Measures the variants of one stage with tinybench; every variant must come to the same sum. */
import { Bench } from 'tinybench'
import { table } from '../table.ts'

/** One way of doing a stage's work. */
export interface Variant {
  name: string
  /** Prepares each round, unmeasured. */
  before?: () => void
  /** Does the work over all rows; returns what proves it, the same for all variants of a stage. */
  work: () => number | Promise<number>
}

export interface Stage {
  name: string
  rows: number
  variants: readonly Variant[]
}

export interface StageResult {
  stage: string
  variant: string
  rows: number
  iterations: number
  nsPerRow: number
  millionRowsPerSecond: number
}

/** Enough rounds for the just-in-time compiler to have done its work, and for a median. */
const FULL = { time: 1_500, iterations: 8, warmupTime: 300, warmupIterations: 3 }
const QUICK = { time: 150, iterations: 3, warmupTime: 50, warmupIterations: 1 }

export async function measure(stage: Stage, quick: boolean): Promise<StageResult[]> {
  const { name, rows, variants } = stage
  const bench = new Bench({ ...(quick ? QUICK : FULL), throws: true })
  const sums = new Map<string, number>()
  for (const variant of variants) {
    const work = async (): Promise<void> => {
      sums.set(variant.name, await variant.work())
    }
    bench.add(variant.name, work, { beforeEach: () => variant.before?.() })
  }
  await bench.run()
  checkSums(name, sums)
  return bench.tasks.map(({ name: variant, result }) => {
    if (!('latency' in result)) throw new Error(`${name}, ${variant}: ${result.state}`)
    const ms = result.latency.p50
    return {
      stage: name,
      variant,
      rows,
      iterations: result.latency.samplesCount,
      nsPerRow: (ms * 1e6) / rows,
      millionRowsPerSecond: rows / ms / 1_000,
    }
  })
}

/** Equal but for the order of adding. */
function checkSums(stage: string, sums: ReadonlyMap<string, number>): void {
  const [[first, expected] = ['', 0]] = sums
  for (const [variant, sum] of sums) {
    if (Math.abs(sum - expected) > Math.abs(expected) * 1e-9) {
      throw new Error(`${stage}: ${variant} came to ${sum}, ${first} to ${expected}`)
    }
  }
}

export function stageTable(results: readonly StageResult[]): string {
  const head = ['', 'rows', 'ns/row', 'M rows/s', '']
  const rows = results.map(({ stage, variant, rows, nsPerRow, millionRowsPerSecond }) => [
    stage,
    String(rows),
    nsPerRow.toFixed(nsPerRow < 10 ? 2 : 1),
    millionRowsPerSecond.toFixed(millionRowsPerSecond < 10 ? 2 : 1),
    variant,
  ])
  return table(head, rows)
}

export function sum(values: Float64Array, rows: number): number {
  let total = 0
  for (let i = 0; i < rows; i++) total += values[i]!
  return total
}
