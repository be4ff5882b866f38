import { followRun, stdinRun } from '../adapters/live.ts'
import { NEW_ARCHIVE } from '../adapters/parquet-archive.ts'
import { StateDirectory } from '../adapters/state-directory.ts'
import { Intake } from '../detect/intake.ts'
import { WorkerPool } from '../detect/pool.ts'
import { run } from '../detect/run.ts'
import { Windowing } from '../detect/windowing.ts'
import { MINUTE_MS } from '../domain/time.ts'
import type { Reporter, RunSummary, StreamOptions } from './options.ts'
import { Session, systemClock } from './session.ts'
import { openSink } from './sinks.ts'

/** A row dated later than this ahead of the clock is refused: it would close everyone's windows. */
const FUTURE_MS: number = 5 * MINUTE_MS

/**
 * The same pipeline, live: reads standard input or follows a file until it ends or `stop` is raised,
 * then lets through what it has read, saves a checkpoint and returns. Open windows stay open in the
 * checkpoint when it was stopped; they are closed when the input ended.
 */
export async function stream(
  options: StreamOptions,
  reporter: Reporter,
  stop: AbortSignal,
): Promise<RunSummary> {
  const state = new StateDirectory(options.state)
  const pool = new WorkerPool(options.threads)
  try {
    const pack = state.load()
    const session = new Session(
      options,
      pool,
      pack,
      reporter,
      null,
      pack === null ? null : NEW_ARCHIVE,
    )
    const { detector, start } = session
    const sink = openSink(options.out, session.outLength, { held: false, from: null })
    await session.open()
    await session.closeOrphans(sink)
    const source =
      options.file === null
        ? stdinRun(options.format, { stop, note: (message) => reporter.note(message) })
        : followRun(
            options.file,
            options.format,
            start.files[options.file] ?? null,
            stop,
            (message) => reporter.note(message),
          )
    const context = () => ({ ...session.context, notAfter: systemClock.now() + FUTURE_MS })
    const intake = new Intake([source], pool, context, start.positions)
    const lateness = { kind: 'live' as const, allowedMs: options.latenessMs }
    const windowing = new Windowing(detector.windower, detector.cutter, lateness, session.book)
    const save = async (finished: boolean): Promise<void> => {
      const positions = { ...start.positions, ...intake.position }
      const files = { ...start.files, ...intake.files }
      await session.save(state, sink, { positions, files, sorted: false, spilled: false, finished })
    }
    if (pack === null) await save(false)
    await run(
      {
        detector,
        intake,
        windowing,
        sink,
        clock: systemClock,
        permits: pool.threads + 2,
        save: () => save(false),
        checkpointMs: options.checkpointMs,
        done: (evaluated) => session.done(evaluated),
        until: Number.POSITIVE_INFINITY,
        live: { idleMs: options.idleMs },
      },
      stop,
    )
    const interrupted = stop.aborted
    if (!interrupted) await session.archive?.flush()
    await save(!interrupted)
    await sink.close()
    await session.close()
    return session.summary({ sorted: false, interrupted })
  } finally {
    await pool.close()
    state.close()
  }
}
