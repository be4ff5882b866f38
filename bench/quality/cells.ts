import { CONFIDENCE_LEVELS, type ConfidenceLevel } from '../../src/domain/behavior.ts'
import { type Align, formatTable } from '../../src/cli/table.ts'

/** From fewest alarms to most, as the goals list them. */
export const LEVELS: readonly ConfidenceLevel[] = CONFIDENCE_LEVELS.toReversed()
export const NONE = '-'

/** A table of names and figures. */
export function titled(head: readonly string[], rows: readonly string[][]): string[] {
  return formatTable(
    [[...head], ...rows],
    head.map((_, column): Align => (column === 0 ? 'left' : 'right')),
  )
}

export function share(value: number | null): string {
  return value === null || Number.isNaN(value) ? NONE : value.toFixed(3)
}

export function rate(value: number): string {
  return value.toFixed(value < 0.1 ? 4 : 3)
}
