import { ALARM_LEVELS, namesOf, RecordBatchMaker } from '../columnar/arrow-batch.ts'
import { ArrowStreamWriter } from '../columnar/arrow-write.ts'
import { scoreColumn } from '../columnar/batch.ts'
import { type Names, NameTable } from '../columnar/name-table.ts'
import type { BatchObserver } from '../detect/evaluation.ts'
import type { Detector } from '../detect/detector.ts'
import type { BatchSlot } from '../detect/slots.ts'
import type { Watch } from '../detect/watch.ts'
import { CONFIDENCE_LEVELS, LEVEL_SCORE } from '../domain/behavior.ts'
import type { FittedModel } from '../stats/model.ts'
import { OutputFile } from './output-file.ts'

const RULE_BROKEN_LEVEL = ALARM_LEVELS.indexOf('HIGH')

/**
 * Every evaluated datapoint as an Arrow IPC stream in a file, for other columnar tools: thing, metric,
 * timestamp (start of the window), value, behavior (`profile/behavior`), score, score0, level.
 */
export class ScoredArrow implements BatchObserver {
  readonly #file: OutputFile
  readonly #detector: Detector
  readonly #maker = new RecordBatchMaker()
  readonly #writer = new ArrowStreamWriter()
  readonly #metrics: Names
  readonly #behaviors: Names
  readonly #things: NameTable = new NameTable(1_024)
  /** Code in `#things` by ordinal. */
  readonly #codes: Map<number, number> = new Map()

  constructor(path: string, detector: Detector) {
    this.#file = new OutputFile(path, 0)
    this.#detector = detector
    this.#metrics = namesOf(detector.metrics.map((metric) => metric.name))
    this.#behaviors = namesOf(
      detector.watches.map(({ profile, behavior }) => `${profile.name}/${behavior.name}`),
    )
  }

  batch(slot: BatchSlot, models: readonly (FittedModel | null)[]): Promise<void> {
    for (const [i, watch] of this.#detector.watches.entries()) {
      if (watch.judge.kind !== 'ml' || models[i] !== null) this.#writeWatch(watch, i, slot)
    }
    return Promise.resolve()
  }

  stretchEnded(): Promise<void> {
    return Promise.resolve()
  }

  dayEnded(): Promise<void> {
    return Promise.resolve()
  }

  close(): void {
    this.#file.append(this.#writer.end())
    this.#file.close()
  }

  #writeWatch(watch: Watch, behavior: number, { batch, handle }: BatchSlot): void {
    const { things, windower } = this.#detector
    const s = scoreColumn(batch.s, handle.capacity, watch.ordinal)
    const s0 = scoreColumn(batch.s0, handle.capacity, watch.ordinal)
    const rows = scoredRows(batch.from[watch.metricIndex]!, batch.to[watch.metricIndex]!, s0)
    if (rows.length === 0) return
    const isRule = watch.judge.kind !== 'ml'
    this.#file.append(
      this.#writer.write(
        this.#maker.scored({
          rows: rows.length,
          thing: rows.map((row) => this.#codeOf(batch.thing[row]!, things)),
          things: this.#things,
          metric: new Int32Array(rows.length).fill(watch.metricIndex),
          metrics: this.#metrics,
          time: BigInt64Array.from(rows, (row) => BigInt(batch.window[row]! * windower.windowMs)),
          value: Float64Array.from(rows, (row) => batch.value[row]!),
          behavior: new Int32Array(rows.length).fill(behavior),
          behaviors: this.#behaviors,
          score: Float32Array.from(rows, (row) => s[row]!),
          score0: Float32Array.from(rows, (row) => s0[row]!),
          level: Uint8Array.from(rows, (row) => levelOf(s[row]!, isRule)),
        }),
      ),
    )
  }

  #codeOf(index: number, things: Detector['things']): number {
    const ordinal = things.ordinal(index)
    let code = this.#codes.get(ordinal)
    if (code === undefined) {
      code = this.#things.codeOfString(things.name(index))
      this.#codes.set(ordinal, code)
    }
    return code
  }
}

/** The rows in [from, to) that have a score. */
function scoredRows(from: number, to: number, s0: Float32Array): Int32Array {
  const rows: number[] = []
  for (let row = from; row < to; row++) {
    if (!Number.isNaN(s0[row])) rows.push(row)
  }
  return Int32Array.from(rows)
}

/** Index into `ALARM_LEVELS`. A broken rule counts as HIGH. */
function levelOf(score: number, isRule: boolean): number {
  if (isRule) return score > 0 ? RULE_BROKEN_LEVEL : 0
  return CONFIDENCE_LEVELS.filter((level) => score >= LEVEL_SCORE[level]).length
}
