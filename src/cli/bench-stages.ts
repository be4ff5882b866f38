import { type Batch, batchOf, newBatch, scoreColumn } from '../columnar/batch.ts'
import { ChunkBuilder } from '../columnar/chunk.ts'
import { foldRun } from '../detect/alarms.ts'
import { LearningMemory, PooledLearning } from '../detect/learning.ts'
import { Training } from '../detect/training.ts'
import { Watch } from '../detect/watch.ts'
import type { SecurityProfile } from '../domain/behavior.ts'
import { DEFAULT_WINDOW_MS } from '../domain/time.ts'
import { decodeCsv } from '../formats/csv.ts'
import { readCsvHeader } from '../formats/csv-header.ts'
import { decodeNdjson } from '../formats/ndjson.ts'
import { NdjsonScanner } from '../formats/ndjson-wasm.ts'
import type { Columns, FittedModel } from '../stats/model.ts'
import { OPEN_SUMMARY_BYTES, OpenSummary } from '../stats/open-summary.ts'
import { quantileModel } from '../stats/quantile-model.ts'
import { type GatherSource, gatherRows, roomPerMetric } from '../tasks/gather.ts'
import { pagesOf } from '../window/lanes.ts'
import type { Pane } from '../window/pane.ts'
import { SHARDS, Things } from '../window/things.ts'
import { Windower } from '../window/windower.ts'
import { type BenchData, blocksOf } from './bench-data.ts'
import { benchProfile } from './bench-profile.ts'
import type { Stage } from './bench-run.ts'
import { seriesStages } from './bench-series.ts'

/** Rows evaluated together, as in a run. */
const BATCH_ROWS = 131_072
const QUANTILES = [0.99, 0.999, 0.9999] as const
const NEVER = Number.MAX_SAFE_INTEGER

/** The stages of the pipeline one by one, on this thread, in the order of a datapoint's route. */
export function benchStages(data: BenchData): Stage[] {
  return [...decodeStages(data), windowStage(data), ...evaluationStages(data)]
}

function decodeStages({ rows, ndjson, csv, context }: BenchData): Stage[] {
  const memory = new SharedArrayBuffer((rows + 1) * 24)
  const builder = (): ChunkBuilder => new ChunkBuilder(context, rows, memory)
  const lines = blocksOf(ndjson)
  const headerEnd = csv.indexOf(10) + 1
  const table = blocksOf(csv.subarray(headerEnd))
  const layout = readCsvHeader(new TextDecoder().decode(csv.subarray(0, headerEnd)))!
  const scanner = new NdjsonScanner()
  return [
    {
      name: 'NDJSON to columns (JavaScript)',
      rows,
      bytes: ndjson.length,
      long: false,
      work: () => {
        const into = builder()
        for (const block of lines) decodeNdjson(block, into)
        return into.rows
      },
    },
    {
      name: 'NDJSON to columns (WebAssembly)',
      rows,
      bytes: ndjson.length,
      long: false,
      work: () => {
        const into = builder()
        for (const block of lines) {
          // The copy stands for reading the file into the scanner's memory.
          scanner.input(block.length).set(block)
          scanner.decode(block.length, into)
        }
        return into.rows
      },
    },
    {
      name: 'CSV to columns',
      rows,
      bytes: csv.length,
      long: false,
      work: () => {
        const into = builder()
        for (const block of table) decodeCsv(block, into, layout)
        return into.rows
      },
    },
  ]
}

function windowStage({ rows, metrics, chunks }: BenchData): Stage {
  return {
    name: 'columns to windows',
    rows,
    bytes: null,
    long: false,
    work: () => {
      const windower = new Windower(DEFAULT_WINDOW_MS, metrics, new Things())
      let filled = 0
      const close = (boundary: number): void => {
        for (const pane of windower.close(boundary)) {
          filled += pane.filled
          windower.recycle(pane)
        }
      }
      for (const chunk of chunks) {
        windower.fill(chunk)
        close(Math.floor(chunk.maxTime / DEFAULT_WINDOW_MS))
      }
      close(NEVER)
      return filled
    },
  }
}

function evaluationStages(data: BenchData): Stage[] {
  const { metrics } = data
  const { windower, panes, rows } = firstWindows(data)
  const source: GatherSource = {
    panes: panes.map((pane) => pane.handle),
    pages: pagesOf(windower.things, { shardFrom: 0, shardTo: SHARDS }),
    metrics: [...metrics.keys()],
    sizeMetrics: windower.shape.sizeMetrics,
  }
  const capacity = roomPerMetric(source) * metrics.length
  const sized = source.sizeMetrics.length > 0
  const batch = batchOf(
    newBatch({ capacity, scoreColumns: 1, metrics: metrics.length, sized, forecasts: false }),
  )
  const gather = (): number => {
    gatherRows(source, batch)
    return batch.to[0]!
  }
  gather()
  const runs = columnsByMetric(batch)
  const kind = quantileModel
  const open = metrics.map(() => new SharedArrayBuffer(OPEN_SUMMARY_BYTES))
  const learn = (): number => {
    for (const [metric, columns] of runs.entries()) {
      kind.summarize({ open: open[metric]!, openAt: 0 }, columns)
    }
    return new OpenSummary(open[0]!).count
  }
  learn()
  const models: FittedModel[] = open.map((memory, metric) => {
    const summary = new OpenSummary(memory).close()
    const settings = { quantiles: QUANTILES, twoSided: metrics[metric]!.canFall }
    const { count: datapoints } = summary
    return {
      kind: kind.name,
      refreshed: 0,
      datapoints,
      bytes: kind.fit(summary, settings),
      lone: false,
    }
  })
  const out = { s: scoreColumn(batch.s, capacity, 0), s0: scoreColumn(batch.s0, capacity, 0) }
  const score = (): number => {
    for (const [metric, columns] of runs.entries()) {
      const state = { open: open[metric]!, openAt: 0 }
      kind.score(models[metric]!.bytes, state, columns, out)
    }
    return out.s[0]!
  }
  score()
  const watches = watchesOf(data, benchProfile(), windower.things.capacity)
  const fold = (): number => {
    let events = 0
    const { things, windowMs } = windower
    const emit = (): void => void events++
    const context = { windowMs, things, emit, emitMeasured: emit, continues: () => {} }
    for (const [metric, { from, to }] of runs.entries()) {
      const watch = watches[metric]!
      watch.states.fill(0)
      watch.standing.clear()
      watch.anomalies.clear()
      const model = models[metric]!
      foldRun(
        watch,
        { batch, from, to, ...out, measured: batch.value, lists: null, model },
        context,
      )
    }
    return events
  }
  const stage = (name: string, work: () => number): Stage => ({
    name,
    rows,
    bytes: null,
    long: false,
    work,
  })
  return [
    stage('windows to rows', gather),
    stage('learn: rows to summaries', learn),
    stage('score: rows by model', score),
    stage('alarms: scores to events', fold),
    ...seriesStages(runs, windower.things.capacity),
  ]
}

/** The first closed windows, about `BATCH_ROWS` rows of them. */
function firstWindows({ metrics, chunks }: BenchData) {
  const windower = new Windower(DEFAULT_WINDOW_MS, metrics, new Things())
  let read = 0
  for (const chunk of chunks) {
    windower.fill(chunk)
    read += chunk.rows
    if (read >= BATCH_ROWS) break
  }
  const panes: Pane[] = []
  let rows = 0
  for (const pane of windower.close(NEVER)) {
    if (rows >= BATCH_ROWS) break
    panes.push(pane)
    rows += pane.filled
  }
  return { windower, panes, rows }
}

/** By metric, its rows. */
function columnsByMetric({ thing, window, value, from, to }: Batch): Columns[] {
  return Array.from(from, (start, metric) => ({
    thing,
    window,
    value,
    from: start,
    to: to[metric]!,
    watched: null,
  }))
}

function watchesOf({ metrics }: BenchData, profile: SecurityProfile, seats: number): Watch[] {
  const settings = { modelKind: 'quantile', minDays: 1, minDatapoints: 1, quantiles: QUANTILES }
  const idle = (): Promise<never> => Promise.reject(new Error('nothing is fitted here'))
  const memory = new LearningMemory(1, 1)
  return metrics.map((metric, index) => {
    const behavior = profile.behaviors.find((candidate) => candidate.metric === metric.name)!
    const fitting = { quantiles: QUANTILES, twoSided: metric.canFall }
    const learning = new PooledLearning(quantileModel.name, fitting, memory, 0, idle)
    const training = new Training(settings, learning)
    const watch = new Watch(profile, behavior, metric, index, 0, {
      kind: 'ml',
      level: 'MEDIUM',
      training,
    })
    watch.reserve(seats)
    return watch
  })
}
