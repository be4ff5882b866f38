/**
 * The service over HTTP on loopback, as a process of its own: from the first byte posted to the alarm in the
 * store, latency while models are being built, memory of a large fleet, recovery from SIGKILL, and what a change
 * of configuration costs.
 */
import { ML_METRICS } from '../src/domain/metric.ts'
import { changeCost } from './change.ts'
import { Serving, windowOf } from './serving.ts'
import { table } from './table.ts'

export interface ServeResult {
  what: string
  value: string
  how: string
}

export async function benchServe(quick: boolean): Promise<ServeResult[]> {
  const results: ServeResult[] = []
  for (const model of ['quantile', 'full']) {
    results.push(...(await throughput(model, quick ? 60 : 300)))
  }
  results.push(...(await latency(quick ? 100 : 700)))
  results.push(await memory(quick ? 10_000 : 100_000))
  for (const model of ['compact', 'full']) {
    results.push(await changeCost(model, quick ? 500 : 10_000, quick ? 3 : 11))
  }
  return results
}

export function serveTable(results: readonly ServeResult[]): string {
  return table(
    ['service', 'measured', 'how'],
    results.map(({ what, value, how }) => [what, value, how]),
  )
}

/** One client streams windows of 500 things in one request; then the process is killed and started again. */
async function throughput(model: string, windows: number): Promise<ServeResult[]> {
  const things = 500
  const serving = await Serving.start(['--model', model, '--checkpoint-interval', '1h'])
  try {
    await serving.prepare()
    const bodies: Buffer[] = []
    for (let window = 0; window < windows; window += 10) {
      const parts = Array.from({ length: 10 }, (_, i) => windowOf(window + i, things, -1))
      bodies.push(Buffer.concat(parts))
    }
    const rows = windows * things * ML_METRICS.length
    bodies.push(windowOf(windows, things, 0), windowOf(windows + 1, 1, -1))
    await serving.post(windowOf(-2, things, -1))
    const began = performance.now()
    console.error(`${model}: posting ${rows} rows`)
    await serving.stream(bodies)
    console.error(`posted in ${(performance.now() - began).toFixed(0)} ms`)
    await serving.alarm(windows)
    const took = performance.now() - began
    await serving.kill()
    const again = performance.now()
    await serving.restart()
    const recovered = performance.now() - again
    const mega = (ms: number): string => `${((rows / ms) * 1e-3).toFixed(2)} M rows/s`
    return [
      {
        what: `POST to stored alarm, ${model}`,
        value: mega(took),
        how: `${rows} rows of NDJSON in one request, 13 learned behaviors and a rule`,
      },
      {
        what: `SIGKILL to ready, ${model}`,
        value: `${(recovered / 1_000).toFixed(2)} s`,
        how: `all ${rows} rows read again from the log (${mega(recovered)}, start included)`,
      },
    ]
  } finally {
    await serving.remove()
  }
}

/** A window of 385 things every 100 ms is 50,000 rows a second; a day of event time passes every 29 s. */
async function latency(windows: number): Promise<ServeResult[]> {
  const things = 385
  const serving = await Serving.start([
    '--model=full',
    '--min-days=1',
    '--min-datapoints=1000',
    '--checkpoint-interval=20s',
  ])
  try {
    await serving.prepare()
    const posted: number[] = []
    const seen = serving.watchEvents()
    const began = performance.now()
    for (let window = 0; window <= windows; window++) {
      const due = began + window * 100
      const body = windowOf(window, things, window % things)
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())))
      posted.push(performance.now())
      // One after the other: rows of two connections would overtake each other.
      await serving.post(body)
    }
    console.error(`posted in ${(performance.now() - began).toFixed(0)} ms`)
    const rate = (windows * things * ML_METRICS.length) / (performance.now() - began)
    await serving.alarm(windows - 1)
    const times = seen()
    // A window is certain with the first row of the next one.
    const waits = [...times].flatMap(([window, at]) => {
      const cause = posted[window + 1]
      return cause === undefined ? [] : [at - cause]
    })
    waits.sort((a, b) => a - b)
    const at = (share: number): string =>
      `${waits[Math.min(waits.length - 1, Math.floor(waits.length * share))]!.toFixed(0)} ms`
    return [
      {
        what: `POST to stored alarm at ${rate.toFixed(0)} k rows/s`,
        value: `${at(0.5)} / ${at(0.99)} / ${at(0.999)}`,
        how: `p50 / p99 / p99.9 of ${waits.length} alarms, full, models built every 29 s, checkpoints every 20 s`,
      },
    ]
  } finally {
    await serving.remove()
  }
}

async function memory(things: number): Promise<ServeResult> {
  const serving = await Serving.start([
    `--max-things=${things}`,
    '--memory=2GB',
    '--checkpoint-interval=1h',
  ])
  try {
    await serving.prepare()
    for (let window = 0; window < 4; window++) {
      await serving.post(windowOf(window, things, window))
    }
    await serving.alarm(2)
    const bytes = serving.peakBytes()
    return {
      what: `memory, ${things} things x 13 metrics`,
      value: `${(bytes / 2 ** 20).toFixed(0)} MB`,
      how: `peak of the process, --memory 2GB, 4 windows of ${things * 13} rows`,
    }
  } finally {
    await serving.remove()
  }
}
