import type { Detector } from '../detect/detector.ts'
import type { BatchObserver } from '../detect/evaluation.ts'
import { eachScore } from '../detect/score-rows.ts'
import type { BatchSlot } from '../detect/slots.ts'
import type { FittedModel } from '../stats/model.ts'
import { ScoreTable } from './score-table.ts'
import { newScoreWriter, type ScoreNames, type ScoreWriter } from './scores-writer.ts'

/** Rows that are written together. */
const ROWS = 65_536

/**
 * Every evaluated datapoint in a file, as its name's extension says: thing, metric, behavior
 * (`profile/behavior`), timestamp (start of the window), value, score after and before habituation, the
 * level reached, and the range that was normal at the behavior's level. Rows are ordered by time, thing
 * and behavior, however they were evaluated.
 */
export class ScoresFile implements BatchObserver {
  readonly #detector: Detector
  /** Rows of the stretch being evaluated, and rows in order that are not written yet. */
  #stretch = new ScoreTable()
  #table = new ScoreTable()
  readonly #names: ScoreNames
  readonly #writer: ScoreWriter
  /** Place among the names by ordinal of the thing. */
  readonly #codes: Map<number, number> = new Map()
  #rankOf: Int32Array = new Int32Array(0)

  private constructor(detector: Detector, names: ScoreNames, writer: ScoreWriter) {
    this.#detector = detector
    this.#names = names
    this.#writer = writer
  }

  static async open(path: string, detector: Detector): Promise<ScoresFile> {
    const names: ScoreNames = {
      things: [],
      behaviors: detector.watches.map(
        ({ profile, behavior }) => `${profile.name}/${behavior.name}`,
      ),
      metrics: detector.watches.map(({ metric }) => metric.name),
    }
    return new ScoresFile(detector, names, await newScoreWriter(path, names))
  }

  batch(slot: BatchSlot, models: readonly (FittedModel | null)[]): Promise<void> {
    const { watches, windower, things } = this.#detector
    for (const [i, watch] of watches.entries()) {
      eachScore(watch, slot, models[i]!, (row) => {
        const time = row.window * windower.windowMs
        this.#stretch.add(this.#codeOf(row.seat, things), i, time, row)
      })
    }
    return Promise.resolve()
  }

  async stretchEnded(): Promise<void> {
    if (this.#stretch.rows === 0) return
    for (const row of this.#stretch.ordered(this.#ranks())) {
      this.#table.copy(this.#stretch, row)
      if (this.#table.rows < ROWS) continue
      await this.#writer.write(this.#table)
      this.#table = new ScoreTable()
    }
    this.#stretch = new ScoreTable()
  }

  dayEnded(): Promise<void> {
    return Promise.resolve()
  }

  async close(): Promise<void> {
    if (this.#table.rows > 0) await this.#writer.write(this.#table)
    await this.#writer.end()
  }

  /** The place of each thing among all, by name. */
  #ranks(): Int32Array {
    const { things } = this.#names
    if (this.#rankOf.length === things.length) return this.#rankOf
    const order = [...things.keys()].sort((a, b) => (things[a]! < things[b]! ? -1 : 1))
    this.#rankOf = new Int32Array(things.length)
    for (const [rank, code] of order.entries()) this.#rankOf[code] = rank
    return this.#rankOf
  }

  #codeOf(seat: number, things: Detector['things']): number {
    const ordinal = things.ordinal(seat)
    let code = this.#codes.get(ordinal)
    if (code === undefined) {
      code = this.#names.things.push(things.name(seat)) - 1
      this.#codes.set(ordinal, code)
    }
    return code
  }
}
