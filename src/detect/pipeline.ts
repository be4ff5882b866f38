import { concatMap, filter, from, lastValueFrom, map, type Observable } from 'rxjs'
import type { Gate } from '../window/gate.ts'
import type { Stretch } from '../window/stretch.ts'
import type { Evaluated, Evaluation } from './evaluation.ts'
import type { Arrival } from './intake.ts'
import type { Windowing } from './windowing.ts'

/** What moves the pipeline: input, or an order to hand over what waits, or to close everything. */
export type Impulse =
  | { kind: 'arrival'; arrival: Arrival }
  | { kind: 'watermark'; time: number }
  | { kind: 'flush' }
  | { kind: 'finish' }

/** Where the results of a stretch go, in order, before its permit is given back. */
export type Outcome = (evaluated: Evaluated) => Promise<void>

/**
 * The route of a datapoint, at chunk granularity: decode, window, gather and score, fold, sink. Order is
 * kept at every stage. Each impulse must have entered `gate`; it leaves it when all that came of it
 * has reached the sink, so the gate bounds what is under way, and an empty gate means a quiet pipeline.
 */
export function pipeline(
  impulses: AsyncIterable<Impulse>,
  windowing: Windowing,
  evaluation: Evaluation,
  gate: Gate,
  outcome: Outcome,
): Observable<void> {
  const leaveAfter = new Map<Stretch, () => void>()
  return from(impulses).pipe(
    concatMap((impulse) => stretchesOf(impulse, windowing)),
    map((stretches) => {
      const last = stretches.at(-1)
      if (last === undefined) gate.leave()
      else leaveAfter.set(last, () => gate.leave())
      return stretches
    }),
    concatMap((stretches) => stretches.flatMap((stretch) => evaluation.parts(stretch))),
    concatMap((part) => evaluation.dispatch(part)),
    concatMap((dispatched) => evaluation.fold(dispatched)),
    filter((evaluated) => evaluated !== null),
    concatMap(async (evaluated) => {
      await outcome(evaluated)
      leaveAfter.get(evaluated.stretch)?.()
      leaveAfter.delete(evaluated.stretch)
    }),
  )
}

/** The same, run to its end. */
export async function runPipeline(...route: Parameters<typeof pipeline>): Promise<void> {
  await lastValueFrom(pipeline(...route), { defaultValue: undefined })
}

async function stretchesOf(impulse: Impulse, windowing: Windowing): Promise<Stretch[]> {
  if (impulse.kind === 'flush') return windowing.flush()
  if (impulse.kind === 'finish') return windowing.finish()
  if (impulse.kind === 'watermark') return windowing.advance(impulse.time)
  const { arrival } = impulse
  if (arrival.decoded === null) return windowing.take(arrival, null)
  const decoded = await arrival.decoded
  return windowing.take(arrival, windowing.accepts(decoded) ? decoded : await arrival.again())
}
