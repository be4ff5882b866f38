import { EXIT_FAILURE } from './command.ts'
import type { Io } from './io.ts'
import type { Messages } from './messages.ts'

/** Runs work that SIGINT and SIGTERM ask to come to an end. */
export async function untilStopped<T>(
  io: Io,
  messages: Messages,
  work: (stop: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const unheed = io.onStop(() => {
    messages.note('stopping: finishing what is under way (a second signal ends at once)')
    controller.abort()
  })
  try {
    return await work(controller.signal)
  } finally {
    unheed()
  }
}

/** A run over history that was stopped has failed: its results are not all there. */
export function interrupted(state: string | null, messages: Messages): number {
  const remedy =
    state === null ? 'with --state DIR it could go on later' : 'the same command goes on from here'
  messages.error(`stopped before the end of the input; ${remedy}`)
  return EXIT_FAILURE
}
