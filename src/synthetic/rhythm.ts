import { HOUR_MS } from '../domain/time.ts'
import type { Archetype } from './archetypes.ts'
import { type Things, TIME_ZONES } from './fleet.ts'
import { SLOT } from './metrics.ts'
import { ALL_METRICS } from './options.ts'

/** The week of a thing. */
export interface Rhythm {
  /** From UTC to its local time, before any change of clocks. */
  offsetMs: number
  /** Its weekends differ from its other days, in the metrics of SEASONAL_METRICS. */
  weekly: boolean
}

/** The metrics that follow the time of day and the weekend. */
export const SEASONAL_METRICS: readonly string[] = [
  SLOT.sent,
  SLOT.received,
  SLOT.bytesOut,
  SLOT.bytesIn,
  SLOT.packetsOut,
  SLOT.packetsIn,
  SLOT.connections,
].map((slot) => ALL_METRICS[slot]!)

export function rhythmOf(things: Things, archetypes: readonly Archetype[], thing: number): Rhythm {
  return {
    offsetMs: TIME_ZONES[things.zone[thing]!]!.hours * HOUR_MS,
    weekly: archetypes[things.archetype[thing]!]!.weekend !== 1,
  }
}
