import { runSeriesFits } from '../src/tasks/fit-series.ts'

/** Closes a day of series, slab by slab, and fits models on the trailing days. */
export default runSeriesFits
