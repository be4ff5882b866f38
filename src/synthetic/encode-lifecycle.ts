import { ByteWriter, utf8 } from './byte-writer.ts'
import { carriesCloudSide, type CloudEvent, eachCloudEvent } from './cloud-events.ts'
import type { FleetEncoder } from './encoder.ts'
import { longestName } from './fleet-chunk.ts'
import { ReportReader } from './report-rows.ts'

const MORE_THAN_AN_EVENT = 512

/**
 * The broker's lifecycle events, a line each. They count connection attempts and disconnects; of the
 * authorization failures only those of connects, and nothing about messages.
 * Memory: three counters per thing, which give the sessions their names.
 */
export function lifecycleEncoder(windowMs: number): FleetEncoder {
  const writer = new ByteWriter()
  const reader = new ReportReader()
  let sessions = new Int32Array(0)
  return {
    encode(chunk) {
      if (!carriesCloudSide(chunk.metrics)) return writer.take()
      const { things } = chunk
      if (sessions.length === 0) sessions = new Int32Array(things.count * COUNTERS)
      const room = longestName(things) + MORE_THAN_AN_EVENT
      reader.each(chunk, (report) => {
        const { thing } = report
        let idle = true
        eachCloudEvent(report, windowMs, (event, time) => {
          const shown = idle && !(event in EVENTS) ? 'subscribe' : event
          const line = EVENTS[shown]
          if (line === undefined) return
          idle = false
          const counter = thing * COUNTERS + line.counter
          const session = sessions[counter]!
          sessions[counter] = session + 1
          writer.reserve(room)
          writer.bytes(CLIENT)
          writer.slice(things.bytes, things.offsets[thing]!, things.offsets[thing + 1]!)
          writer.bytes(TIMESTAMP)
          writer.number(time)
          writer.bytes(line.type)
          writeSession(writer, thing, session, line.counter)
          writer.bytes(PRINCIPAL)
          for (let word = 0; word < 4; word++) writer.hex(Math.imul(thing + 1, 0x9e3779b1 + word))
          writer.bytes(line.more)
          writer.number(session)
          writer.bytes(END)
        })
      })
      return writer.take()
    },
    end: () => writer.take(),
  }
}

const CLIENT = utf8('{"clientId":"')
const TIMESTAMP = utf8('","timestamp":')
const PRINCIPAL = utf8('","principalIdentifier":"')
const END = utf8('}\n')

/**
 * Connects and disconnects are numbered apart: the n-th disconnect ends the session that the n-th
 * connect began. What begins no session has numbers of its own.
 */
const CONNECTS = 0
const DISCONNECTS = 1
const OTHERS = 2
const COUNTERS = 3

interface EventLine {
  counter: number
  type: Uint8Array
  more: Uint8Array
}

const EVENTS: Readonly<Partial<Record<CloudEvent, EventLine>>> = {
  connect: eventLine(CONNECTS, 'connected', ',"ipAddress":"192.0.2.1"'),
  'connect-denied': eventLine(
    OTHERS,
    'connect_failed',
    ',"connectFailureReason":"AUTHORIZATION_FAILED","ipAddress":"192.0.2.1"',
  ),
  disconnect: eventLine(
    DISCONNECTS,
    'disconnected',
    ',"clientInitiatedDisconnect":false,"disconnectReason":"CONNECTION_LOST"',
  ),
  subscribe: eventLine(OTHERS, 'subscribed', ',"topics":["commands"]'),
}

function eventLine(counter: number, type: string, more: string): EventLine {
  return {
    counter,
    type: utf8(`,"eventType":"${type}","sessionIdentifier":"`),
    more: utf8(`"${more},"versionNumber":`),
  }
}

/** 32 hexadecimal digits, different for each session of each thing. */
function writeSession(writer: ByteWriter, thing: number, session: number, counter: number): void {
  writer.hex(counter === OTHERS ? 0 : Math.imul(thing + 1, 0x85ebca6b))
  writer.hex(thing)
  writer.hex(Math.imul(session + 1, 0xc2b2ae35))
  writer.hex(session)
}
