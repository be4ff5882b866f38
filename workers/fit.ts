import { runFits } from '../src/tasks/fit.ts'

/** Closes a day's summaries and fits models on the trailing days. */
export default runFits
