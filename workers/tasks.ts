/** What worker threads do, by the names in `TaskName`; a thread loads a task when it is first asked for it. */
import type { ArchiveTask } from '../src/tasks/archive.ts'
import type { BeginDayTask } from '../src/tasks/begin-day.ts'
import type { DecodeResult, DecodeTask } from '../src/tasks/decode.ts'
import type { FitResult, FitTask } from '../src/tasks/fit.ts'
import type { SeriesFitTask } from '../src/tasks/fit-series.ts'
import type { BlockTask, ScoreResult, ScoreTask } from '../src/tasks/score.ts'

export async function decode(task: DecodeTask): Promise<DecodeResult> {
  return (await import('../src/tasks/decode.ts')).runDecode(task)
}

export async function score(task: ScoreTask): Promise<ScoreResult> {
  return (await import('../src/tasks/score.ts')).runScoreTask(task)
}

export async function scoreBlock(task: BlockTask): Promise<void> {
  return (await import('../src/tasks/score.ts')).runScoreBlock(task)
}

export async function fit(tasks: readonly FitTask[]): Promise<FitResult[]> {
  return (await import('../src/tasks/fit.ts')).runFits(tasks)
}

export async function fitSeries(tasks: readonly SeriesFitTask[]): Promise<unknown> {
  return (await import('../src/tasks/fit-series.ts')).runSeriesFits(tasks)
}

export async function beginDay(tasks: readonly BeginDayTask[]): Promise<unknown> {
  return (await import('../src/tasks/begin-day.ts')).runBeginDays(tasks)
}

export async function archive(task: ArchiveTask): Promise<void> {
  return (await import('../src/tasks/archive.ts')).runArchive(task)
}
