import { setImmediate as turn } from 'node:timers/promises'
import { formatViolationEvent } from '../domain/violation.ts'
import type { Channel } from '../respond/channel.ts'
import { eventText, floodPayload } from '../respond/payload.ts'

/** One line of the program's log per notification. `log` writes it, with `fields` for machines. */
export function logChannel(
  log: (message: string, fields: Readonly<Record<string, unknown>>) => void,
  floodFrom: number,
): Channel {
  return {
    name: 'log',
    bundling: { kind: 'floods', from: floodFrom, shows: 10 },
    alertTarget: null,
    concurrency: 1,
    profiles: null,
    standing: null,
    async deliver(notification) {
      // Writing never waits: without a turn between them, many notifications would hold up all else.
      await turn()
      if (notification.kind === 'event') {
        const fields = JSON.parse(formatViolationEvent(notification.event)) as Record<
          string,
          unknown
        >
        log(eventText(notification.event), { key: notification.key, event: fields })
      } else {
        const flood = floodPayload(notification.flood)
        log(flood.text, { key: notification.key, flood })
      }
    },
  }
}
