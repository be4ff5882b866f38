import { eventFile, eventPipe, eventsFrom, heldEventPipe } from '../adapters/event-sinks.ts'
import type { EventSink } from '../detect/ports.ts'
import type { EpochMs } from '../domain/time.ts'

/**
 * Where a run's events go: the file given, from `length` bytes on, or standard output. `held` keeps
 * events back from standard output until the run is through, because it may have to begin again.
 */
export function openSink(
  out: string | null,
  length: number,
  options: { held: boolean; from: EpochMs | null },
): EventSink {
  const sink =
    out !== null
      ? eventFile(out, length)
      : options.held
        ? heldEventPipe(process.stdout)
        : eventPipe(process.stdout)
  return options.from === null ? sink : eventsFrom(options.from, sink)
}
