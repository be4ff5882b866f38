import type { FitSettings, PooledKind } from '../stats/model.ts'
import { loadKind } from '../stats/load-kind.ts'
import { OpenSummary } from '../stats/open-summary.ts'
import type { Summary } from '../stats/summary.ts'

/**
 * Closes a day of one behavior, leaving its summaries empty for the next use, and, if asked, fits its
 * model on the trailing days.
 */
export interface FitTask {
  modelKind: string
  /** The memory of the day's summaries, one per lane, and where in each this behavior's lies. */
  open: readonly SharedArrayBuffer[]
  openAt: number
  /** The closed days before it that still count; null: do not fit. */
  earlier: readonly Summary[] | null
  settings: FitSettings
}

export interface FitResult {
  day: Summary
  model: Uint8Array | null
  datapoints: number
}

/** Several behaviors' fits as one task. */
export async function runFits(tasks: readonly FitTask[]): Promise<FitResult[]> {
  const results: FitResult[] = []
  for (const task of tasks) {
    const kind = await loadKind(task.modelKind)
    if (!kind.pooled) throw new RangeError(`the model kind "${task.modelKind}" is not pooled`)
    results.push(runFit(task, kind))
  }
  return results
}

export function runFit(task: FitTask, kind: PooledKind): FitResult {
  const lanes = task.open.map((memory) => new OpenSummary(memory, task.openAt))
  const day = OpenSummary.closeAll(lanes)
  if (task.earlier === null) return { day, model: null, datapoints: day.count }
  const all = kind.merge([...task.earlier, day])
  return { day, model: kind.fit(all, task.settings), datapoints: all.count }
}
