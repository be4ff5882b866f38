/** The whole job by the product's own pipeline. */
import { fileRun } from '../../src/adapters/file-runs.ts'
import { inputFiles } from '../../src/adapters/inputs.ts'
import { decodeContext, newDetector } from '../../src/detect/detector.ts'
import { Intake } from '../../src/detect/intake.ts'
import { WorkerPool } from '../../src/detect/pool.ts'
import type { EventSink, IntakeObserver } from '../../src/detect/ports.ts'
import { run } from '../../src/detect/run.ts'
import { Windowing } from '../../src/detect/windowing.ts'
import { ALL_THINGS } from '../../src/domain/targets.ts'
import { DEFAULT_WINDOW_MS } from '../../src/domain/time.ts'
import type { ViolationEvent } from '../../src/domain/violation.ts'
import { NO_DEFINITIONS } from '../../src/domain/definitions.ts'
import { benchProfile, trainingSettings } from './ours-settings.ts'
import { eventLine, runSide, type SideTask } from './side.ts'

const BATCH_ROWS = 131_072

const NOBODY: IntakeObserver = { chunk() {}, late() {}, refused() {} }

async function detect({ path, threads, model }: SideTask): Promise<string[]> {
  const pool = new WorkerPool(threads)
  const detector = newDetector(
    {
      profiles: [benchProfile()],
      targets: ALL_THINGS,
      windowMs: DEFAULT_WINDOW_MS,
      training: { ...trainingSettings, modelKind: model },
      batchRows: BATCH_ROWS,
      maxThings: Number.POSITIVE_INFINITY,
      learnOnly: false,
      maintenance: [],
      definitions: NO_DEFINITIONS,
    },
    pool,
  )
  const { metrics, windower, cutter } = detector
  const context = decodeContext(metrics, DEFAULT_WINDOW_MS, 5)
  const runs = inputFiles([path], null).map((file) => fileRun(file, context))
  const intake = new Intake(
    runs,
    pool,
    () => context,
    {},
    (until, earliest) => detector.evaluation.digestingBefore(until, earliest),
  )
  const lines: string[] = []
  await run(
    {
      detector,
      intake,
      windowing: new Windowing(windower, cutter, { kind: 'replay' }, NOBODY),
      sink: sinkOf(lines),
      clock: { now: Date.now },
      permits: threads + 2,
      save: null,
      checkpointMs: Number.POSITIVE_INFINITY,
      done() {},
      until: Number.POSITIVE_INFINITY,
      live: null,
    },
    new AbortController().signal,
  )
  await pool.close()
  return lines
}

function sinkOf(lines: string[]): EventSink {
  return {
    async write(events) {
      for (const event of events) lines.push(lineOf(event))
    },
    async flush() {
      return lines.length
    },
    async close() {},
    async abandon() {},
  }
}

/** Our events carry the end of the window that decided. */
function lineOf({
  thingName,
  behavior,
  violationEventTime,
  violationEventType,
}: ViolationEvent): string {
  const transition = violationEventType === 'in-alarm' ? 'ALARM' : 'CLEAR'
  return eventLine(thingName, String(behavior.metric), violationEventTime - 1, transition)
}

await runSide(detect)
