import { DAY_MS, HOUR_MS, MINUTE_MS } from '../domain/time.ts'
import { SLOT } from './metrics.ts'

export const STRENGTHS = ['loud', 'medium', 'quiet'] as const
export type Strength = (typeof STRENGTHS)[number]

export const SCRIPT_NAMES = [
  'ddos-botnet',
  'firmware-regression',
  'credential-brute-force',
  'slow-exfiltration',
  'message-flood',
  'command-abuse',
  'silent-device',
  'backdoor',
  'scan',
  'duplicated-identity',
] as const
export type ScriptName = (typeof SCRIPT_NAMES)[number]

/** How an attack or failure goes, whatever its strength. */
export interface Script {
  name: ScriptName
  minMs: number
  maxMs: number
  /** Most things that one incident of this script befalls; 0 where it is a part of the fleet. */
  maxThings: number
  /** Slots of the metrics it shows in. */
  labelled: readonly number[]
  /** Slots it moves besides: an alarm there is neither a hit nor false. */
  beside: readonly number[]
}

const SCRIPTS_BY_NAME: Readonly<Record<ScriptName, Omit<Script, 'name'>>> = {
  'ddos-botnet': {
    minMs: 20 * MINUTE_MS,
    maxMs: 6 * HOUR_MS,
    maxThings: 0,
    labelled: [SLOT.bytesOut, SLOT.packetsOut, SLOT.connections],
    beside: [],
  },
  'firmware-regression': {
    minMs: 6 * HOUR_MS,
    maxMs: 48 * HOUR_MS,
    maxThings: 0,
    labelled: [SLOT.disconnects, SLOT.connectionAttempts],
    beside: [],
  },
  'credential-brute-force': {
    minMs: 30 * MINUTE_MS,
    maxMs: 12 * HOUR_MS,
    maxThings: 5,
    labelled: [SLOT.authorizationFailures, SLOT.connectionAttempts],
    beside: [],
  },
  'slow-exfiltration': {
    minMs: 2 * DAY_MS,
    maxMs: 5 * DAY_MS,
    maxThings: 3,
    labelled: [SLOT.bytesOut, SLOT.packetsOut],
    beside: [],
  },
  'message-flood': {
    minMs: 10 * MINUTE_MS,
    maxMs: 3 * HOUR_MS,
    maxThings: 5,
    labelled: [SLOT.sent, SLOT.bytesOut, SLOT.messageSize],
    beside: [],
  },
  'command-abuse': {
    minMs: 10 * MINUTE_MS,
    maxMs: 2 * HOUR_MS,
    maxThings: 5,
    labelled: [SLOT.received, SLOT.bytesIn],
    beside: [],
  },
  'silent-device': {
    minMs: HOUR_MS,
    maxMs: 24 * HOUR_MS,
    maxThings: 5,
    labelled: [SLOT.sent, SLOT.bytesOut],
    beside: [],
  },
  backdoor: {
    minMs: DAY_MS,
    maxMs: 5 * DAY_MS,
    maxThings: 3,
    labelled: [SLOT.tcpPorts, SLOT.connections],
    beside: [SLOT.bytesOut],
  },
  scan: {
    minMs: HOUR_MS,
    maxMs: 24 * HOUR_MS,
    maxThings: 5,
    labelled: [SLOT.packetsOut, SLOT.connections],
    beside: [SLOT.bytesOut],
  },
  'duplicated-identity': {
    minMs: 30 * MINUTE_MS,
    maxMs: 8 * HOUR_MS,
    maxThings: 3,
    labelled: [SLOT.disconnects, SLOT.connectionAttempts],
    beside: [],
  },
}

export function scriptOf(name: ScriptName): Script {
  return { name, ...SCRIPTS_BY_NAME[name] }
}

/** Those that befall a part of the fleet at once; the others come to a few things each. */
export const CAMPAIGN_SCRIPTS: readonly ScriptName[] = SCRIPT_NAMES.slice(0, 2)
export const GROUP_SCRIPTS: readonly ScriptName[] = SCRIPT_NAMES.slice(2)
