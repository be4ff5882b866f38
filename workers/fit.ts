import { runFit } from '../src/tasks/fit.ts'

/** Closes a day's summary and fits a model on the trailing days. */
export default runFit
