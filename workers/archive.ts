import { runArchive } from '../src/tasks/archive.ts'

/** Writes one Parquet file of the archive. */
export default runArchive
