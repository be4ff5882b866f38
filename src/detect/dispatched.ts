import type { FittedModel } from '../stats/model.ts'
import type { RowBlock } from '../tasks/row-block.ts'
import type { ScoreResult, Unlearned } from '../tasks/score.ts'
import type { Stretch } from '../window/stretch.ts'
import type { TaskPart } from './lane-tasks.ts'
import type { BatchSlot } from './slots.ts'

/** One part of a stretch, or a block of a digest; where both are null, it only carries the stretch on. */
export interface StretchPart {
  stretch: Stretch
  part: TaskPart | null
  block: RowBlock | null
  first: boolean
  last: boolean
}

/** A part on its way through the workers. */
export interface Dispatched extends StretchPart {
  /** Null where nobody will look at single rows. */
  slot: BatchSlot | null
  models: readonly (FittedModel | null)[]
  scored: Promise<ScoreResult>
  unlearned: readonly Unlearned[]
  /** Things that start anew with this stretch, in its first part. */
  startingAnew: readonly number[]
}
