import { Bench } from 'tinybench'

/** A piece of work to be measured; each call does all of it. */
export interface Stage {
  name: string
  /** Rows one call handles. */
  rows: number
  /** Bytes of input one call reads; null where it reads columns. */
  bytes: number | null
  /** Takes seconds: called a few times, without warming up. */
  long: boolean
  /** Returns something that depends on all of the work, so that none of it can be left out. */
  work(): number | Promise<number>
}

export interface StageResult {
  name: string
  rows: number
  /** From the median call. */
  nsPerRow: number
  rowsPerSecond: number
  bytesPerSecond: number | null
  runs: number
}

const LEAST_RUNS = 5
const LEAST_LONG_RUNS = 3

/** Measures stages one after the other, each for at least `ms` milliseconds; `begin` hears of each. */
export async function runStages(
  stages: readonly Stage[],
  ms: number,
  begin: (name: string) => void,
): Promise<StageResult[]> {
  const results: StageResult[] = []
  for (const stage of stages) {
    begin(stage.name)
    results.push(await runStage(stage, ms))
  }
  return results
}

async function runStage(stage: Stage, ms: number): Promise<StageResult> {
  const { name, rows, bytes, long } = stage
  const bench = new Bench({
    time: ms,
    iterations: long ? LEAST_LONG_RUNS : LEAST_RUNS,
    warmup: !long,
    warmupTime: ms / 4,
    warmupIterations: 2,
    throws: true,
  })
  let sink = 0
  bench.add(name, async () => {
    const done = stage.work()
    sink += typeof done === 'number' ? done : await done
  })
  const [task] = await bench.run()
  const result = task?.result
  if (result?.state !== 'completed' || Number.isNaN(sink)) {
    throw new Error(`${name}: ${result?.state ?? 'not run'}`)
  }
  const callMs = result.latency.p50
  return {
    name,
    rows,
    nsPerRow: (callMs * 1e6) / rows,
    rowsPerSecond: (rows / callMs) * 1_000,
    bytesPerSecond: bytes === null ? null : (bytes / callMs) * 1_000,
    runs: result.latency.samplesCount,
  }
}
