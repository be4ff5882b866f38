import { behaviorName, type ViolationEvent } from '../../src/domain/violation.ts'
import type { Database } from '../../src/store/database.ts'
import { insertEvents, type StoredEvent } from '../../src/store/violation-events.ts'

export function addThings(database: Database, ...names: string[]): void {
  for (const name of names) {
    database.prepare(`INSERT INTO things VALUES (?, ?, 1, NULL, NULL, '{}', 0)`).run(name, name)
  }
}

export function addGroups(database: Database, ...names: string[]): void {
  for (const name of names) {
    database
      .prepare(`INSERT INTO thing_groups VALUES (?, ?, 1, NULL, NULL, '{}', 0)`)
      .run(name, name)
  }
}

/** An action that adds things to groups, or of another type. */
export function addAction(
  database: Database,
  name: string,
  groups: string[],
  type = 'ADD_THINGS_TO_THING_GROUP',
): void {
  const params = { addThingsToThingGroupParams: { thingGroupNames: groups } }
  database
    .prepare(`INSERT INTO mitigation_actions VALUES (?, ?, ?, 'arn:aws:iam::1:role/r', ?, 0, 0)`)
    .run(name, `id of ${name}`, type, JSON.stringify(params))
}

/** Stores events and the violations they begin or end, as the evaluation does. */
export function store(database: Database, ...events: ViolationEvent[]): StoredEvent[] {
  for (const event of events) {
    const { violationId: id, securityProfileName: profile, violationEventTime: time } = event
    if (event.violationEventType === 'in-alarm') {
      database
        .prepare(
          `INSERT OR IGNORE INTO violations (id, profile, behavior, thing, metric, criteria_type, suppressed,
             behavior_json, started, last_time) VALUES (?, ?, ?, ?, 'm', 'STATIC', ?, '{}', ?, ?)`,
        )
        .run(
          id,
          profile,
          behaviorName(event),
          event.thingName,
          event.suppressed ? 1 : 0,
          time,
          time,
        )
    } else {
      database.prepare('UPDATE violations SET ended = ? WHERE id = ?').run(time, id)
    }
  }
  return insertEvents(database, events)
}
