import { RandomStream } from '../../src/stats/random.ts'
import type { Database } from '../../src/store/database.ts'

export interface StoredFleet {
  things: number
  events: number
  profiles: number
  groups: number
}

export const START: number = Date.UTC(2026, 9, 20)
/** Events are as far apart as 30 days of them are, which is as long as they are kept. */
export const PERIOD_MS: number = 30 * 86_400_000

const BEHAVIOR = {
  name: 'sent',
  metric: 'aws:num-messages-sent',
  criteria: { mlDetectionConfig: { confidenceLevel: 'HIGH' } },
}

/** The group above all others. */
export const ROOT = 'house'
/** How many values the things' one attribute has. */
const FLOORS = 100

/** Fills a store: every alarm has begun and all but one in fifty have ended, one in 1,000 was verified. */
export function storeFleet(database: Database, fleet: StoredFleet): void {
  database.transaction(() => {
    storeRegistry(database, fleet)
    storeViolations(database, fleet)
  })
}

function storeRegistry(database: Database, { things, groups, profiles }: StoredFleet): void {
  const thing = database.prepare(
    'INSERT INTO things (name, id, version, attributes_json, created) VALUES (?, ?, 1, ?, 0)',
  )
  const group = database.prepare(
    `INSERT INTO thing_groups (name, id, version, parent, attributes_json, created)
     VALUES (?, ?, 1, ?, '{}', 0)`,
  )
  const member = database.prepare('INSERT INTO group_members VALUES (?, ?, 0)')
  group.run(ROOT, 'id', null)
  for (let i = 0; i < groups; i++) group.run(`group-${i}`, `id-${i}`, ROOT)
  for (let i = 0; i < things; i++) {
    thing.run(thingName(i), `id-${i}`, JSON.stringify({ floor: String(i % FLOORS) }))
    member.run(`group-${i % groups}`, thingName(i))
  }
  const profile = database.prepare(
    `INSERT INTO security_profiles VALUES (?, 1, NULL, ?, '{}', '[]', '[]', NULL, 0, 0)`,
  )
  const target = database.prepare('INSERT INTO profile_targets VALUES (?, ?, 0)')
  for (let i = 0; i < profiles; i++) {
    profile.run(`profile-${i}`, JSON.stringify([BEHAVIOR]))
    target.run(`profile-${i}`, `thinggroup/group-${i % groups}`)
  }
}

function storeViolations(database: Database, { things, events, profiles }: StoredFleet): void {
  const random = new RandomStream(1)
  const violation = database.prepare(
    `INSERT INTO violations (id, profile, behavior, thing, metric, criteria_type, confidence,
       suppressed, behavior_json, started, last_time, last_value_json, ended, end_type, verification)
     VALUES (?, ?, 'sent', ?, 'aws:num-messages-sent', 'MACHINE_LEARNING', 'HIGH', ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const event = database.prepare(
    `INSERT INTO violation_events (violation_id, type, time, profile, behavior, thing, criteria_type,
       confidence, suppressed, value_json, behavior_json)
     VALUES (?, ?, ?, ?, 'sent', ?, 'MACHINE_LEARNING', 'HIGH', ?, ?, ?)`,
  )
  const source = JSON.stringify(BEHAVIOR)
  const value = '{"count":250}'
  for (let made = 0, i = 0; made < events; i++) {
    const id = violationId(i)
    const profile = `profile-${i % profiles}`
    const thing = thingName(Math.floor(random.uniform() * things))
    const started = START + Math.floor((made / events) * PERIOD_MS)
    const stands = i % 50 === 0
    const ended = stands ? null : started + 600_000
    const suppressed = i % 100_000 === 7 ? 1 : 0
    const verified = i % 1_000 === 3 ? 'FALSE_POSITIVE' : 'UNKNOWN'
    const end = stands ? null : 'alarm-cleared'
    violation.run(
      id,
      profile,
      thing,
      suppressed,
      source,
      started,
      started,
      value,
      ended,
      end,
      verified,
    )
    event.run(id, 'in-alarm', started, profile, thing, suppressed, value, source)
    made++
    if (ended === null) continue
    event.run(id, 'alarm-cleared', ended, profile, thing, suppressed, value, source)
    made++
  }
}

export function thingName(i: number): string {
  return `thing-${String(i).padStart(7, '0')}`
}

export function violationId(i: number): string {
  return i.toString(16).padStart(32, '0')
}
