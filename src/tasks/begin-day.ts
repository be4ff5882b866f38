import { beginDay, collectSpreads, type SlabSpreads } from '../stats/compact-day.ts'
import { compactShape } from '../stats/compact-state.ts'

/** Begins a day for one behavior's compact series in some slabs. */
export interface BeginDayTask {
  slabs: readonly SharedArrayBuffer[]
  at: number
  day: number
  windowMs: number
}

/** Several behaviors' and slabs' as one task. */
export function runBeginDays(tasks: readonly BeginDayTask[]): SlabSpreads[] {
  return tasks.map(({ slabs, at, day, windowMs }) => {
    const shape = compactShape(windowMs)
    for (const slab of slabs) beginDay(slab, at, day, shape)
    return collectSpreads()
  })
}
