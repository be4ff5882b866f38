import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { EventSink } from '../detect/ports.ts'
import { formatViolationEvent, type ViolationEvent } from '../domain/violation.ts'
import { OutputFile } from './output-file.ts'

/** Violation events as NDJSON in a file, from `length` bytes on. */
export function eventFile(path: string, length: number): EventSink {
  const file = new OutputFile(path, length)
  return {
    write: async (events) => file.append(linesOf(events)),
    flush: async () => file.flush(),
    close: async () => file.close(),
    abandon: async () => file.close(),
  }
}

/** Violation events as NDJSON to a pipe or terminal; what has left cannot be taken back. */
export function eventPipe(output: NodeJS.WritableStream): EventSink {
  return {
    write: (events) =>
      new Promise((done, fail) => {
        output.write(linesOf(events), (error) => (error ? fail(error) : done()))
      }),
    flush: async () => 0,
    close: async () => {},
    abandon: async () => {},
  }
}

/** As a pipe, but nothing leaves before `close`: for runs that may have to begin again. */
export function heldEventPipe(output: NodeJS.WritableStream): EventSink {
  const folder = mkdtempSync(join(tmpdir(), 'fleet-detect-'))
  const path = join(folder, 'events.ndjson')
  const file = new OutputFile(path, 0)
  return {
    write: async (events) => file.append(linesOf(events)),
    flush: async () => 0,
    close: async () => {
      file.close()
      await pipeline(createReadStream(path), output, { end: false })
      rmSync(folder, { recursive: true })
    },
    abandon: async () => {
      file.close()
      rmSync(folder, { recursive: true })
    },
  }
}

/** Lets only events from a time on through. */
export function eventsFrom(time: number, sink: EventSink): EventSink {
  return {
    ...sink,
    write: async (events) => {
      const wanted = events.filter((event) => event.violationEventTime >= time)
      if (wanted.length > 0) await sink.write(wanted)
    },
  }
}

function linesOf(events: readonly ViolationEvent[]): Uint8Array {
  return Buffer.from(events.map((event) => `${formatViolationEvent(event)}\n`).join(''))
}
