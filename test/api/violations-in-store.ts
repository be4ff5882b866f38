import type { Store } from '../../src/store/store.ts'

export interface SeedViolation {
  id?: string
  thing?: string
  profile?: string
  behavior?: string
  criteriaType?: 'STATIC' | 'STATISTICAL' | 'MACHINE_LEARNING'
  suppressed?: boolean
  verification?: string
  started?: number
  ended?: number | null
}

/** A violation with the events that it has had, as evaluation stores them. */
export function seedViolation(store: Store, seed: SeedViolation = {}): void {
  const { id = 'a1', thing = 'lamp', profile = 'p', behavior = 'b', started = 1_000 } = seed
  const { criteriaType = 'STATIC', ended = null, verification = 'UNKNOWN' } = seed
  const suppressed = seed.suppressed === true ? 1 : 0
  const confidence = criteriaType === 'MACHINE_LEARNING' ? 'HIGH' : null
  const source = JSON.stringify({ name: behavior, metric: 'aws:num-messages-sent' })
  const value = JSON.stringify({ count: 0 })
  const rest = [thing, criteriaType, confidence, suppressed]
  const end = [value, ended, ended === null ? null : 'alarm-cleared', verification]
  store.database
    .prepare(
      `INSERT INTO violations (id, profile, behavior, thing, criteria_type, confidence, suppressed,
         metric, behavior_json, started, last_time, last_value_json, ended, end_type, verification)
       VALUES (?, ?, ?, ?, ?, ?, ?, 'aws:num-messages-sent', ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(id, profile, behavior, ...rest, source, started, started + 500, ...end)
  const events: [string, number][] = [['in-alarm', started]]
  if (ended !== null) events.push(['alarm-cleared', ended])
  for (const [type, time] of events) {
    store.database
      .prepare(
        `INSERT INTO violation_events (violation_id, type, time, profile, behavior, thing,
           criteria_type, confidence, suppressed, value_json, behavior_json)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(id, type, time, profile, behavior, ...rest, value, source)
  }
}
