import type { RandomStream } from '../stats/random.ts'
import { DAY_MS, MINUTE_MS } from '../domain/time.ts'
import type { Archetype } from './archetypes.ts'
import { perStep, type Things } from './fleet.ts'
import type { Incident } from './incidents.ts'
import { rounded, SLOT } from './metrics.ts'
import type { FleetOptions } from './options.ts'
import { FLEET, FLEET_PURPOSE, PURPOSE } from './purposes.ts'
import type { ScriptName } from './scripts.ts'

/** What a script's effect knows of the moment. */
interface Moment {
  incident: Incident
  step: number
  /** The thing's values by slot: normal on the way in, as attacked on the way out. */
  values: Float64Array
  random: RandomStream
  /** Multiple to which the thing's byte counts are rounded. */
  quantum: number
  /** From amounts per five minutes to amounts per step. */
  perStep: number
  cadenceMs: number
  /** How far the thing's bytes-out range in a normal day. */
  dailyRange: (thing: number) => number
}

/** Loud, medium, quiet. */
type ByStrength = readonly [number, number, number]

const BOTNET_FACTOR: ByStrength = [200, 20, 4]
const BOTNET_CONNECTIONS: ByStrength = [30, 8, 2]
/** The botnet fires and rests in turns of this length, half the time each. */
const BOTNET_TURN_MS = 15 * MINUTE_MS
const BRUTE_FORCE_RATE: ByStrength = [60, 12, 2]
const EXFILTRATED_PART: ByStrength = [0.5, 0.2, 0.08]
const BYTES_PER_PACKET = 600
const FLOOD_FACTOR: ByStrength = [50, 8, 3]
const COMMAND_FACTOR: ByStrength = [30, 6, 2.5]
const COMMAND_BYTES = 200
const REMAINING_MESSAGES: ByStrength = [0, 0.1, 0.4]
const REGRESSION_RATE: ByStrength = [8, 2, 0.5]
const BEACON_BYTES = 3_000
const BEACON_MS = 30 * MINUTE_MS
const SCAN_PACKETS: ByStrength = [60, 10, 3]
const SCAN_BYTES: ByStrength = [6, 2, 1.2]
const SCAN_CONNECTIONS: ByStrength = [100, 20, 5]
const TAKEOVER_RATE: ByStrength = [12, 4, 1]

const EFFECTS: Readonly<Record<ScriptName, (moment: Moment) => void>> = {
  'ddos-botnet': botnet,
  'firmware-regression': (moment) => reconnect(moment, REGRESSION_RATE),
  'credential-brute-force': bruteForce,
  'slow-exfiltration': exfiltrate,
  'message-flood': flood,
  'command-abuse': abuseCommands,
  'silent-device': fallSilent,
  backdoor: openBackdoor,
  scan,
  'duplicated-identity': takeOver,
}

export class Effects {
  readonly #moment: Moment
  readonly #things: Things
  readonly #archetypes: readonly Archetype[]

  constructor(
    options: FleetOptions,
    things: Things,
    archetypes: readonly Archetype[],
    random: RandomStream,
    dailyRange: (thing: number) => number,
  ) {
    this.#things = things
    this.#archetypes = archetypes
    this.#moment = {
      incident: undefined as never,
      step: 0,
      values: new Float64Array(0),
      random,
      quantum: 1,
      perStep: perStep(options),
      cadenceMs: options.cadenceMs,
      dailyRange,
    }
  }

  /** Changes the values of a thing in its incident; only the incident's own metrics. */
  apply(incident: Incident, step: number, values: Float64Array): void {
    const moment = this.#moment
    const { thing } = incident
    moment.incident = incident
    moment.step = step
    moment.values = values
    moment.quantum = this.#archetypes[this.#things.archetype[thing]!]!.quantum
    moment.random.seek(thing, PURPOSE.incident, step)
    EFFECTS[incident.script.name](moment)
  }
}

function botnet(moment: Moment): void {
  const { incident, step, values, random } = moment
  const turn = Math.floor((step * moment.cadenceMs) / BOTNET_TURN_MS)
  const fires = random.seek(FLEET, FLEET_PURPOSE.bursts, turn).chance(0.5)
  if (!fires && step !== incident.first) return
  const { strength } = incident
  raise(moment, SLOT.bytesOut, values[SLOT.bytesOut]! * BOTNET_FACTOR[strength]!)
  raise(moment, SLOT.packetsOut, values[SLOT.packetsOut]! * BOTNET_FACTOR[strength]!)
  add(values, SLOT.connections, BOTNET_CONNECTIONS[strength]!)
}

function bruteForce(moment: Moment): void {
  const attempts = arrivals(moment, BRUTE_FORCE_RATE)
  add(moment.values, SLOT.authorizationFailures, attempts)
  add(moment.values, SLOT.connectionAttempts, attempts)
}

/** Grows for a day, then stays. */
function exfiltrate(moment: Moment): void {
  const { incident, step, values } = moment
  const ramp = Math.min(1, ((step - incident.from) * moment.cadenceMs) / DAY_MS)
  const range = moment.dailyRange(incident.thing)
  const bytes = EXFILTRATED_PART[incident.strength]! * range * ramp
  raise(moment, SLOT.bytesOut, values[SLOT.bytesOut]! + bytes)
  raise(moment, SLOT.packetsOut, values[SLOT.packetsOut]! + bytes / BYTES_PER_PACKET)
}

/** Many small messages: their bytes replace those of the usual ones. */
function flood(moment: Moment): void {
  const { incident, values } = moment
  const sent = values[SLOT.sent]!
  const size = values[SLOT.messageSize]!
  raise(moment, SLOT.sent, sent * FLOOD_FACTOR[incident.strength]!)
  values[SLOT.messageSize] = Math.floor(size * 0.5)
  const bytes = values[SLOT.sent]! * values[SLOT.messageSize]! - sent * size
  raise(moment, SLOT.bytesOut, values[SLOT.bytesOut]! + bytes)
}

function abuseCommands(moment: Moment): void {
  const { incident, values } = moment
  const before = values[SLOT.received]!
  raise(moment, SLOT.received, before * COMMAND_FACTOR[incident.strength]!)
  const bytes = (values[SLOT.received]! - before) * COMMAND_BYTES
  raise(moment, SLOT.bytesIn, values[SLOT.bytesIn]! + bytes)
}

/** Still connected, but saying little or nothing. */
function fallSilent(moment: Moment): void {
  const { incident, values, quantum } = moment
  const before = values[SLOT.sent]!
  if (before === 0) return
  const sent = Math.floor(before * REMAINING_MESSAGES[incident.strength]!)
  const bytes = Math.max(quantum, (before - sent) * values[SLOT.messageSize]!)
  values[SLOT.sent] = sent
  values[SLOT.bytesOut] = rounded(values[SLOT.bytesOut]! - bytes, quantum)
}

function openBackdoor(moment: Moment): void {
  const { incident, step, values } = moment
  add(values, SLOT.tcpPorts, 1)
  add(values, SLOT.connections, 1)
  const period = Math.max(1, Math.round(BEACON_MS / moment.cadenceMs))
  if ((step - incident.from) % period !== 0) return
  raise(moment, SLOT.bytesOut, values[SLOT.bytesOut]! + BEACON_BYTES)
}

function scan(moment: Moment): void {
  const { incident, values } = moment
  const { strength } = incident
  raise(moment, SLOT.packetsOut, values[SLOT.packetsOut]! * SCAN_PACKETS[strength]!)
  raise(moment, SLOT.bytesOut, values[SLOT.bytesOut]! * SCAN_BYTES[strength]!)
  add(values, SLOT.connections, SCAN_CONNECTIONS[strength]!)
}

function reconnect(moment: Moment, rates: ByStrength): void {
  const times = arrivals(moment, rates)
  add(moment.values, SLOT.disconnects, times)
  add(moment.values, SLOT.connectionAttempts, times)
}

/** Two clients throw each other out in turn. */
function takeOver(moment: Moment): void {
  const rate = TAKEOVER_RATE[moment.incident.strength]! * moment.perStep
  const times = Math.max(1, Math.round(rate))
  add(moment.values, SLOT.disconnects, times)
  add(moment.values, SLOT.connectionAttempts, times)
}

/** Poisson, but an incident is seen at least once: in its first datapoint. */
function arrivals(moment: Moment, rates: ByStrength): number {
  const { incident, step, random } = moment
  const count = random.poisson(rates[incident.strength]! * moment.perStep)
  return step === incident.first ? Math.max(1, count) : count
}

function add(values: Float64Array, slot: number, amount: number): void {
  values[slot] = values[slot]! + amount
}

/** Sets a value that lies above the normal one, by at least its smallest step. */
function raise(moment: Moment, slot: number, value: number): void {
  const { values } = moment
  const bytes = slot === SLOT.bytesOut || slot === SLOT.bytesIn
  const quantum = bytes ? moment.quantum : 1
  values[slot] = Math.max(values[slot]! + quantum, rounded(value, quantum))
}
