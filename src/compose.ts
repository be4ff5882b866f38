/** The composition root: options in, a running pipeline out. The only place that reads the clock. */
export type * from './compose/options.ts'
export type { BehaviorSummary } from './detect/run-summary.ts'
export { replay } from './compose/replay.ts'
export { stream } from './compose/stream.ts'
export { train } from './compose/train.ts'
