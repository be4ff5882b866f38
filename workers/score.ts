import { runScore } from '../src/tasks/score.ts'

/** Scores one lane of a batch. */
export default runScore
