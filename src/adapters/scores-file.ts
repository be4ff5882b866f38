import type { Detector } from '../detect/detector.ts'
import type { BatchObserver } from '../detect/evaluation.ts'
import { eachScore } from '../detect/score-rows.ts'
import type { BatchSlot } from '../detect/slots.ts'
import type { FittedModel } from '../stats/model.ts'
import { ScoreTable } from './score-table.ts'
import { newScoreWriter, type ScoreNames, type ScoreWriter } from './scores-writer.ts'

/**
 * Every evaluated datapoint in a file, as its name's extension says: thing, metric, behavior
 * (`profile/behavior`), timestamp (start of the window), value, score after and before habituation, the
 * level reached, and the range that was normal at the behavior's level.
 */
export class ScoresFile implements BatchObserver {
  readonly #detector: Detector
  /** Rows not written yet; the tables in `#full` are so at the end of a batch. */
  #table = new ScoreTable()
  readonly #full: ScoreTable[] = []
  readonly #names: ScoreNames
  readonly #writer: ScoreWriter
  /** Place among the names by ordinal of the thing. */
  readonly #codes: Map<number, number> = new Map()

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

  async batch(slot: BatchSlot, models: readonly (FittedModel | null)[]): Promise<void> {
    const { watches, windower, things } = this.#detector
    for (const [i, watch] of watches.entries()) {
      eachScore(watch, slot, models[i]!, (row) => {
        const time = row.window * windower.windowMs
        if (!this.#table.add(this.#codeOf(row.seat, things), i, time, row)) return
        this.#full.push(this.#table)
        this.#table = new ScoreTable()
      })
    }
    for (const table of this.#full.splice(0)) await this.#writer.write(table)
  }

  dayEnded(): Promise<void> {
    return Promise.resolve()
  }

  async close(): Promise<void> {
    if (this.#table.rows > 0) await this.#writer.write(this.#table)
    await this.#writer.end()
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
