import { beginDay, collectSpreads, type SlabSpreads } from '../stats/compact-day.ts'
import { compactShape } from '../stats/compact-state.ts'
import type { SlabHandle } from '../stats/series-slabs.ts'

/** Begins a day for one behavior's compact series in some slabs: their parts of these. */
export interface BeginDayTask {
  slabs: readonly SlabHandle[]
  day: number
  windowMs: number
}

/** Several behaviors' and slabs' as one task. */
export function runBeginDays(tasks: readonly BeginDayTask[]): SlabSpreads[] {
  return tasks.map(({ slabs, day, windowMs }) => {
    const shape = compactShape(windowMs)
    for (const slab of slabs) beginDay(slab, day, shape)
    return collectSpreads()
  })
}
