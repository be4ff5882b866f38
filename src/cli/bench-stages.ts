import { BatchSlot, scoreColumn } from '../columnar/batch.ts'
import { ChunkBuilder } from '../columnar/chunk.ts'
import { foldRun } from '../detect/alarms.ts'
import { LearningMemory, Training } from '../detect/training.ts'
import { Watch } from '../detect/watch.ts'
import type { SecurityProfile } from '../domain/behavior.ts'
import { DEFAULT_WINDOW_MS } from '../domain/time.ts'
import { decodeCsv } from '../formats/csv.ts'
import { readCsvHeader } from '../formats/csv-header.ts'
import { decodeNdjson } from '../formats/ndjson.ts'
import { NdjsonScanner } from '../formats/ndjson-wasm.ts'
import type { Columns, FittedModel } from '../stats/model.ts'
import { modelKind } from '../stats/model-kinds.ts'
import { OPEN_SUMMARY_BYTES, OpenSummary } from '../stats/summary.ts'
import { fillBatch } from '../window/batcher.ts'
import type { Stretch } from '../window/stretch.ts'
import { SHARDS, Things } from '../window/things.ts'
import { Windower } from '../window/windower.ts'
import { type BenchData, blocksOf } from './bench-data.ts'
import { benchProfile } from './bench-profile.ts'
import type { Stage } from './bench-run.ts'

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
  const { windower, stretch } = firstStretch(data)
  const { rows } = stretch
  const slot = new BatchSlot(rows, 1, SHARDS, metrics.length)
  const part = { shardFrom: 0, shardTo: SHARDS, capacity: rows }
  const fill = (): number => {
    fillBatch(slot, stretch, part, windower, NEVER)
    return slot.batch.rows
  }
  fill()
  const { batch, capacity } = slot
  const runs = columnsByMetric(slot, metrics.length)
  const kind = modelKind('quantile')
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
    return { kind: kind.name, refreshed: 0, datapoints, bytes: kind.fit(summary, settings) }
  })
  const out = { s: scoreColumn(batch.s, capacity, 0), s0: scoreColumn(batch.s0, capacity, 0) }
  const score = (): number => {
    for (const [metric, columns] of runs.entries()) {
      const state = { open: open[metric]!, openAt: 0 }
      kind.score(models[metric]!.bytes, state, columns, out)
    }
    return out.s[rows - 1]!
  }
  score()
  const watches = watchesOf(data, benchProfile(), windower.things.capacity)
  const fold = (): number => {
    let events = 0
    const { things, windowMs } = windower
    const context = { windowMs, things, emit: () => void events++ }
    for (const [metric, { from, to }] of runs.entries()) {
      const watch = watches[metric]!
      watch.states.fill(0)
      watch.standing.clear()
      const model = models[metric]!
      foldRun(watch, { batch, from, to, ...out, measured: batch.value, model }, context)
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
    stage('windows to batch', fill),
    stage('learn: batch to summaries', learn),
    stage('score: batch by model', score),
    stage('alarms: scores to events', fold),
  ]
}

/** The first closed windows, about `BATCH_ROWS` rows of them. */
function firstStretch({ metrics, chunks }: BenchData): { windower: Windower; stretch: Stretch } {
  const windower = new Windower(DEFAULT_WINDOW_MS, metrics, new Things())
  let rows = 0
  for (const chunk of chunks) {
    windower.fill(chunk)
    rows += chunk.rows
    if (rows >= BATCH_ROWS) break
  }
  const panes: Stretch['panes'] = []
  let taken = 0
  for (const pane of windower.close(NEVER)) {
    if (taken >= BATCH_ROWS) break
    panes.push(pane)
    taken += pane.filled
  }
  const until = (panes[panes.length - 1]!.window + 1) * DEFAULT_WINDOW_MS
  return { windower, stretch: { panes, rows: taken, until, endsDay: null } }
}

/** By metric, its rows. */
function columnsByMetric({ batch }: BatchSlot, metrics: number): Columns[] {
  const { thing, window, value, runs } = batch
  return Array.from({ length: metrics }, (_, metric) => ({
    thing,
    window,
    value,
    from: runs[metric * SHARDS]!,
    to: runs[(metric + 1) * SHARDS]!,
    watched: null,
  }))
}

function watchesOf({ metrics }: BenchData, profile: SecurityProfile, seats: number): Watch[] {
  const settings = { modelKind: 'quantile', minDays: 1, minDatapoints: 1, quantiles: QUANTILES }
  const idle = (): Promise<never> => Promise.reject(new Error('nothing is fitted here'))
  const memory = new LearningMemory(1, 1)
  return metrics.map((metric, index) => {
    const behavior = profile.behaviors.find((candidate) => candidate.metric === metric.name)!
    const training = new Training(settings, metric.canFall, memory, 0, idle)
    const watch = new Watch(profile, behavior, metric, index, 0, {
      kind: 'ml',
      level: 'MEDIUM',
      training,
    })
    watch.reserve(seats)
    return watch
  })
}
