import { DAY_MS, dayName, dayOf, HOUR_MS, MINUTE_MS } from '../domain/time.ts'
import { ByteWriter, utf8 } from './byte-writer.ts'
import { carriesCloudSide, type CloudEvent, eachCloudEvent } from './cloud-events.ts'
import type { FleetEncoder } from './encoder.ts'
import { longestName } from './fleet-chunk.ts'
import { SLOT } from './metrics.ts'
import { ReportReader } from './report-rows.ts'

const MORE_THAN_A_LINE = 1_024
const DATE_BYTES = 10

/**
 * Lines of an AWSIotLogsV2 log whose counts are the cloud-side counters. AWS's lines carry no size of
 * messages; here a publish has a `payloadSize`, the datapoint's, so that of a step without messages
 * the size is lost.
 */
export function brokerLogEncoder(windowMs: number): FleetEncoder {
  const writer = new ByteWriter()
  const reader = new ReportReader()
  const clock = new LogClock()
  let written = 0
  return {
    encode(chunk) {
      if (!carriesCloudSide(chunk.metrics)) return writer.take()
      const { things } = chunk
      const room = 3 * longestName(things) + MORE_THAN_A_LINE
      reader.each(chunk, (report) => {
        const { thing, values } = report
        const start = things.offsets[thing]!
        const end = things.offsets[thing + 1]!
        eachCloudEvent(report, windowMs, (event, time) => {
          const line = LINES[event]
          writer.reserve(room)
          writer.bytes(TIMESTAMP)
          clock.write(writer, time)
          writer.bytes(line.afterTime)
          writeTrace(writer, thing, ++written)
          writer.bytes(line.afterTrace)
          writer.slice(things.bytes, start, end)
          writer.bytes(PRINCIPAL)
          for (let word = 0; word < 8; word++) writer.hex(Math.imul(thing + 1, 0x9e3779b1 + word))
          writer.bytes(SOURCE_IP)
          writer.number(1 + (thing % 254))
          writer.bytes(SOURCE_PORT)
          writer.number(1_024 + ((Math.imul(thing, 31) >>> 0) % 64_000))
          if (line.topic !== null) {
            writer.bytes(TOPIC)
            writer.slice(things.bytes, start, end)
            writer.bytes(line.topic)
          }
          if (event === 'publish' && values[SLOT.messageSize]! >= 0) {
            writer.bytes(PAYLOAD_SIZE)
            writer.number(values[SLOT.messageSize]!)
          }
          writer.bytes(line.end)
        })
      })
      return writer.take()
    },
    end: () => writer.take(),
  }
}

const TIMESTAMP = utf8('{"timestamp":"')
const PRINCIPAL = utf8('","principalId":"')
const SOURCE_IP = utf8('","sourceIp":"203.0.113.')
const SOURCE_PORT = utf8('","sourcePort":')
const TOPIC = utf8(',"topicName":"devices/')
const PAYLOAD_SIZE = utf8(',"payloadSize":')

interface LogLine {
  afterTime: Uint8Array
  afterTrace: Uint8Array
  /** After the thing's name in the topic; null for events without one. */
  topic: Uint8Array | null
  end: Uint8Array
}

const DENIED = ',"reason":"AUTHORIZATION_FAILURE","details":"Authorization Failure"'
const LINES: Readonly<Record<CloudEvent, LogLine>> = {
  connect: logLine('Connect', true, null, ''),
  'connect-denied': logLine('Connect', false, null, DENIED),
  disconnect: logLine('Disconnect', true, null, ',"disconnectReason":"CONNECTION_LOST"'),
  publish: logLine('Publish-In', true, '/telemetry', ''),
  'publish-denied': logLine('Publish-In', false, '/admin', DENIED),
  deliver: logLine('Publish-Out', true, '/commands', ''),
  subscribe: logLine('Subscribe', true, '/commands', ''),
}

function logLine(type: string, success: boolean, topic: string | null, more: string): LogLine {
  const level = success ? 'INFO' : 'ERROR'
  const status = success ? 'Success' : 'Failure'
  return {
    afterTime: utf8(`","logLevel":"${level}","traceId":"`),
    afterTrace: utf8(
      `","accountId":"123456789012","status":"${status}","eventType":"${type}","protocol":"MQTT","clientId":"`,
    ),
    topic: topic === null ? null : utf8(`${topic}"`),
    end: utf8(`${more}}\n`),
  }
}

const TRACE_MIDDLE = utf8('-0000-4000-8000-')

/** An id like a UUID, different for each line. */
function writeTrace(writer: ByteWriter, thing: number, line: number): void {
  writer.hex(thing)
  writer.bytes(TRACE_MIDDLE)
  writer.padded(line % 1_000_000_000, 12)
}

/** Writes `2017-08-10 15:37:23.476`. */
class LogClock {
  #day = -1
  #date: Uint8Array = new Uint8Array(DATE_BYTES)

  write(writer: ByteWriter, time: number): void {
    const day = dayOf(time)
    if (day !== this.#day) {
      this.#day = day
      this.#date = utf8(dayName(day))
    }
    const ofDay = time - day * DAY_MS
    writer.bytes(this.#date)
    writer.byte(SPACE)
    writer.padded(Math.floor(ofDay / HOUR_MS), 2)
    writer.byte(COLON)
    writer.padded(Math.floor((ofDay % HOUR_MS) / MINUTE_MS), 2)
    writer.byte(COLON)
    writer.padded(Math.floor((ofDay % MINUTE_MS) / 1_000), 2)
    writer.byte(POINT)
    writer.padded(ofDay % 1_000, 3)
  }
}

const SPACE = 32
const COLON = 58
const POINT = 46
