import type { Reporter, RunSummary, TrainOptions } from './options.ts'
import { replay } from './replay.ts'

/**
 * Fits models from an archive and leaves them, with everything else a run knows, in a state directory:
 * a replay of the archive that only learns. A `stream` or `replay` with that state goes on
 * where the archive ends.
 */
export async function train(
  { archive, ...options }: TrainOptions,
  reporter: Reporter,
  stop?: AbortSignal,
): Promise<RunSummary> {
  return replay(
    { ...options, archive: null, inputs: [archive], from: null, out: null, learnOnly: true },
    reporter,
    stop,
  )
}
