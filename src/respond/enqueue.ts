import type { EpochMs } from '../domain/time.ts'
import { behaviorName, type ViolationEvent } from '../domain/violation.ts'
import { alertTargetOf, earlierTargetOf } from '../store/alert-targets.ts'
import type { Database } from '../store/database.ts'
import {
  addEvents,
  addNotification,
  type FloodKey,
  putAfter,
  recentNotifications,
  waitingBefore,
} from '../store/outbox.ts'
import type { StoredEvent } from '../store/violation-events.ts'
import type { Channel } from './channel.ts'

/**
 * Puts events that were just stored into the outbox of one channel, in the transaction that stored them. Every
 * event that is not suppressed becomes part of one notification. A notification has a higher id than those
 * it must follow: the events of one thing and behavior leave in their order.
 */
export function enqueue(
  database: Database,
  channel: Channel,
  events: readonly StoredEvent[],
  floodWindowMs: number,
  now: EpochMs,
): void {
  for (const phase of phasesOf(addressed(database, channel, events))) {
    const ids = phase.map(({ id }) => id)
    const waiting = waitingBefore(database, channel.name, ids)
    for (const alike of grouped(channel, phase)) {
      if (channel.bundling.kind === 'batches') {
        batch(database, alike, channel.bundling.atMost, waiting, now)
      } else {
        place(database, alike, channel.bundling.from, waiting, floodWindowMs, now)
      }
    }
  }
}

interface Addressed extends StoredEvent {
  target: string
}

/** Events of one flood key, in order. */
interface Alike {
  key: FloodKey
  events: Addressed[]
}

function addressed(
  database: Database,
  channel: Channel,
  events: readonly StoredEvent[],
): Addressed[] {
  const { name, profiles, alertTarget } = channel
  const targets = new Map<string, string | null>()
  const targetOf = ({ securityProfileName: profile, violationId }: ViolationEvent) => {
    if (alertTarget === null) return ''
    if (!targets.has(profile)) targets.set(profile, alertTargetOf(database, profile, alertTarget))
    return targets.get(profile) ?? earlierTargetOf(database, name, violationId)
  }
  return events.flatMap((stored) => {
    const { suppressed, securityProfileName } = stored.event
    if (suppressed || profiles?.has(securityProfileName) === false) return []
    const target = targetOf(stored.event)
    return target === null ? [] : [{ ...stored, target }]
  })
}

/**
 * Cut so that events of one thing and behavior follow each other from phase to phase, and what begins or ends
 * for many things at once is in one phase: ends in even ones, beginnings in odd ones.
 */
function phasesOf(events: readonly Addressed[]): Addressed[][] {
  const phases: Addressed[][] = []
  const reached = new Map<string, number>()
  for (const stored of events) {
    const { securityProfileName, thingName, violationEventType } = stored.event
    const series = JSON.stringify([securityProfileName, behaviorName(stored.event), thingName])
    const parity = violationEventType === 'in-alarm' ? 1 : 0
    const least = (reached.get(series) ?? -1) + 1
    const phase = least % 2 === parity ? least : least + 1
    reached.set(series, phase)
    while (phases.length <= phase) phases.push([])
    phases[phase]!.push(stored)
  }
  return phases
}

function grouped(channel: Channel, events: readonly Addressed[]): Alike[] {
  const groups = new Map<string, Alike>()
  for (const stored of events) {
    const { securityProfileName: profile, violationEventType: type } = stored.event
    const behavior = behaviorName(stored.event)
    const { target } = stored
    const name = JSON.stringify([target, profile, behavior, type])
    const known = groups.get(name)
    if (known !== undefined) known.events.push(stored)
    else {
      const key = { channel: channel.name, target, profile, behavior, type }
      groups.set(name, { key, events: [stored] })
    }
  }
  return [...groups.values()]
}

function place(
  database: Database,
  { key, events }: Alike,
  floodFrom: number,
  waiting: ReadonlyMap<number, number>,
  floodWindowMs: number,
  now: EpochMs,
): void {
  const windowStart = now - (now % floodWindowMs)
  const recent = recentNotifications(database, key, windowStart)
  const many = recent.floods > 0 || recent.singles + events.length >= floodFrom
  if (!many) {
    for (const one of events) add(database, key, [one], false, waiting, now, now)
    return
  }
  const { open } = recent
  const joins = ({ id }: Addressed): boolean => open !== null && (waiting.get(id) ?? 0) < open.id
  const joining = events.filter(joins)
  if (open !== null && joining.length > 0) {
    addEvents(database, open.id, idsOf(joining))
    putAfter(database, open.id, precedents(joining, waiting))
  }
  const others = events.filter((stored) => !joins(stored))
  if (others.length === 0) return
  const first = recent.floods + recent.singles === 0
  add(database, key, others, true, waiting, first ? now : windowStart + floodWindowMs, now)
}

function batch(
  database: Database,
  { key, events }: Alike,
  atMost: number,
  waiting: ReadonlyMap<number, number>,
  now: EpochMs,
): void {
  for (let from = 0; from < events.length; from += atMost) {
    const some = events.slice(from, from + atMost)
    add(database, key, some, some.length > 1, waiting, now, now)
  }
}

function add(
  database: Database,
  key: FloodKey,
  events: readonly Addressed[],
  flood: boolean,
  waiting: ReadonlyMap<number, number>,
  due: EpochMs,
  created: EpochMs,
): void {
  const name = notificationKey(events[0]!.event)
  const id = addNotification(database, { ...key, key: name, flood, due, created }, idsOf(events))
  putAfter(database, id, precedents(events, waiting))
}

/** An event is the first of one notification only, so its name is the notification's for good. */
function notificationKey({ violationId, violationEventType }: ViolationEvent): string {
  return `${violationId}-${violationEventType}`
}

function idsOf(events: readonly Addressed[]): number[] {
  return events.map(({ id }) => id)
}

function precedents(events: readonly Addressed[], waiting: ReadonlyMap<number, number>): number[] {
  const found = events.flatMap(({ id }) => waiting.get(id) ?? [])
  return [...new Set(found)]
}
