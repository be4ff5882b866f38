import type { Clock, EpochMs } from '../domain/time.ts'
import { Gate } from '../window/gate.ts'
import type { Evaluated } from './evaluation.ts'
import type { Detector } from './detector.ts'
import type { Arrival, Intake } from './intake.ts'
import { type Impulse, runPipeline } from './pipeline.ts'
import type { EventSink } from './ports.ts'
import type { Windowing } from './windowing.ts'

/** How often a live run looks at the clock when nothing comes in. */
const TICK_MS = 250

export interface RunParts {
  detector: Detector
  intake: Intake
  windowing: Windowing
  sink: EventSink
  clock: Clock
  /** Arrivals under way at once. */
  permits: number
  /** Saves a checkpoint of the quiet pipeline; null where there is no state. */
  save: (() => Promise<void>) | null
  checkpointMs: number
  /** Told of each stretch once its events are in the sink. */
  done(evaluated: Evaluated): void
  /** Rows from this time on do not matter any more: reading may stop. */
  until: EpochMs
  /** Null for a replay. */
  live: {
    /** After so long without input event time goes on with the clock; null: never. */
    idleMs: number | null
  } | null
}

/**
 * Drives the pipeline from the first arrival to the last: lets arrivals in through the gate, saves
 * checkpoints at quiet moments, and closes all windows when the input ends. When told to stop, it
 * lets through what it has begun and leaves open windows open.
 */
export async function run(parts: RunParts, stop: AbortSignal): Promise<void> {
  const gate = new Gate(parts.permits)
  const { detector, windowing, sink } = parts
  const outcome = async (evaluated: Evaluated): Promise<void> => {
    if (evaluated.events.length > 0) await sink.write(evaluated.events)
    parts.done(evaluated)
  }
  await runPipeline(impulses(parts, gate, stop), windowing, detector.evaluation, gate, outcome)
  await detector.evaluation.settle()
}

async function* impulses(parts: RunParts, gate: Gate, stop: AbortSignal): AsyncGenerator<Impulse> {
  const { intake, clock } = parts
  const arrivals = intake.arrivals()
  let lastArrival = clock.now()
  let nextSave = lastArrival + parts.checkpointMs
  let pending = arrivals.next()
  while (!stop.aborted && intake.time < parts.until) {
    const next = parts.live === null ? await pending : await orTick(pending, stop)
    if (next === 'tick') {
      const idle = clock.now() - lastArrival
      if (
        idle >= (parts.live?.idleMs ?? Number.POSITIVE_INFINITY) &&
        Number.isFinite(intake.latest)
      ) {
        await gate.enter()
        yield { kind: 'watermark', time: intake.latest + idle }
      }
    } else {
      if (next.done === true) break
      pending = arrivals.next()
      await gate.enter()
      lastArrival = clock.now()
      yield { kind: 'arrival', arrival: next.value }
    }
    if (parts.save === null || clock.now() < nextSave) continue
    yield* checkpoint(parts.save, gate)
    nextSave = clock.now() + parts.checkpointMs
  }
  pending.catch(() => {})
  await gate.enter()
  yield { kind: stop.aborted ? 'flush' : 'finish' }
}

/** Hands over what waits, lets everything come to rest, and saves. */
async function* checkpoint(save: () => Promise<void>, gate: Gate): AsyncGenerator<Impulse> {
  await gate.enter()
  yield { kind: 'flush' }
  await gate.whileEmpty(save)
}

/** The next arrival, or a tick when it takes long or the run is to stop. */
async function orTick(
  pending: Promise<IteratorResult<Arrival>>,
  stop: AbortSignal,
): Promise<IteratorResult<Arrival> | 'tick'> {
  let wake: () => void = () => {}
  const tick = new Promise<'tick'>((resolve) => {
    wake = () => resolve('tick')
  })
  const timer = setTimeout(wake, TICK_MS)
  stop.addEventListener('abort', wake)
  try {
    return await Promise.race([pending, tick])
  } finally {
    clearTimeout(timer)
    stop.removeEventListener('abort', wake)
  }
}
