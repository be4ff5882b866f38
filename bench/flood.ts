import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { ViolationEvent, ViolationEventType } from '../src/domain/violation.ts'
import { enqueue } from '../src/respond/enqueue.ts'
import { Batches } from '../src/service/batches.ts'
import { Effects } from '../src/service/effects.ts'
import { openStore } from '../src/store/store.ts'
import { table } from './table.ts'

export interface FloodResult {
  type: ViolationEventType
  events: number
  ms: number
  /** The longest time in which nobody else had a turn. */
  heldMs: number
}

const FLOOD_WINDOW_MS = 300_000
const START = Date.UTC(2026, 0, 24)
const LOOK_MS = 5

/** So many things go in alarm at once, and are normal again in the next window: until it is all stored. */
export async function benchFlood(events: number): Promise<FloodResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'fleet-detect-flood-'))
  const store = openStore(folder)
  const results: FloodResult[] = []
  try {
    const { database } = store
    const common = {
      profiles: null,
      alertTarget: null,
      concurrency: 1,
      standing: null,
      deliver: () => Promise.resolve(),
    }
    const channels = [
      {
        ...common,
        name: 'webhook/ops',
        bundling: { kind: 'floods' as const, from: 10, shows: 10 },
      },
      { ...common, name: 'alertmanager', bundling: { kind: 'batches' as const, atMost: 500 } },
    ]
    const effects = new Effects(
      database,
      new Batches(database, {}),
      {
        respond(_database, stored, now) {
          for (const channel of channels) enqueue(database, channel, stored, FLOOD_WINDOW_MS, now)
        },
        committed: () => {},
      },
      { now: () => START },
    )
    for (const [i, type] of (['in-alarm', 'alarm-cleared'] as const).entries()) {
      const until = START + i * FLOOD_WINDOW_MS
      const flood = Array.from({ length: events }, (_, thing) => eventOf(thing, type, until))
      const stretch = { panes: [], digested: null, rows: 0, until, endsDay: null }
      const held = new Held()
      await wait(LOOK_MS)
      const start = performance.now()
      await effects.evaluated({ stretch, events: flood, continuations: new Map() }, 0)
      const ms = performance.now() - start
      results.push({ type, events, ms, heldMs: await held.end() })
    }
    return results
  } finally {
    store.close()
    rmSync(folder, { recursive: true })
  }
}

export function floodTable(results: readonly FloodResult[]): string {
  return table(
    ['events at once', 'ms', 'us an event', 'longest without a turn, ms'],
    results.map(({ type, events, ms, heldMs }) => [
      `${events} ${type}`,
      ms.toFixed(0),
      ((ms / events) * 1_000).toFixed(0),
      heldMs.toFixed(0),
    ]),
  )
}

/** Looks again and again how long it did not get to look. */
class Held {
  #last: number = performance.now()
  #longest = 0
  readonly #timer: NodeJS.Timeout = setInterval(() => this.#look(), LOOK_MS)

  async end(): Promise<number> {
    await wait(LOOK_MS)
    this.#look()
    clearInterval(this.#timer)
    return this.#longest
  }

  #look(): void {
    const now = performance.now()
    this.#longest = Math.max(this.#longest, now - this.#last)
    this.#last = now
  }
}

const BEHAVIOR = {
  name: 'messages-sent',
  metric: 'aws:num-messages-sent',
  criteria: {
    consecutiveDatapointsToAlarm: 1,
    consecutiveDatapointsToClear: 3,
    mlDetectionConfig: { confidenceLevel: 'MEDIUM' },
  },
}

/** With a text as long as an explanation is. */
function eventOf(thing: number, type: ViolationEventType, time: number): ViolationEvent {
  return {
    violationEventTime: time,
    thingName: `gateway-${String(thing).padStart(6, '0')}`,
    behavior: BEHAVIOR,
    violationEventType: type,
    metricValue: { count: 1_000 + (thing % 700) },
    violationId: createHash('md5').update(String(thing)).digest('hex'),
    securityProfileName: 'sensors',
    violationEventAdditionalInfo: { confidenceLevel: 'MEDIUM' },
    verificationState: 'UNKNOWN',
    suppressed: false,
    explanation: {
      measured: 1_695,
      expected: { low: null, high: 1_493.5 },
      threshold: 1_493.5,
      side: 'above',
      anomalousAt: ['LOW', 'MEDIUM'],
      score: 3.299867312405719,
      tailProbability: 0.0005013403819886085,
      season: 'weekends 17:00-18:00 UTC',
      modelRefreshDate: '2026-01-24T00:00:00.000Z',
      evidence: null,
      percentile: null,
      sameWindow: null,
      violating: null,
      text: 'x'.repeat(800),
    },
  }
}
