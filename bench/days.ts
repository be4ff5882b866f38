/** The days of the whole-job bench; apart from the maker of its data, which loads DuckDB. */
import type { EpochMs } from '../src/domain/time.ts'

/** 2026-01-05T00:00:00Z, a Monday: fourteen days of training begin here, the evaluated day follows. */
export const DATA_START: EpochMs = Date.UTC(2026, 0, 5)
export const DATA_DAYS = 15
export const EVALUATED_DAY = 14
