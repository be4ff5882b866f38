import { runBeginDays } from '../src/tasks/begin-day.ts'

/** Begins a day for compact series, and tells how they spread. */
export default runBeginDays
