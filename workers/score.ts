import { runScoreTask } from '../src/tasks/score.ts'

/** Learns from closed windows of some things, and scores them. */
export default runScoreTask
