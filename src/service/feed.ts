import type { Numbered } from './ingest-log.ts'
import type { IngestLog } from './ingest-log.ts'
import { decodeRecord, encodeRecord, type LogRecord } from './log-record.ts'
import type { BlockOutcome } from './batch-answer.ts'

/** A record of the log on its way through evaluation. */
export interface Entry {
  sequence: number
  record: LogRecord
  /** Is told what became of a block's rows, once they are in their windows. */
  taken: (outcome: BlockOutcome) => void
}

/** Where evaluation gets its records from, in the order of the log. */
export interface EntrySource {
  /** The next one; a tick when none comes for a while. */
  next(): Promise<Entry | 'tick' | 'end'>
}

/** How often evaluation looks around when nothing comes. */
const TICK_MS = 200
/** So many bytes of blocks may wait for evaluation; then nobody reads on. */
const ROOM_BYTES: number = 48 * 1024 * 1024

/**
 * The one way in: a record gets its place in the log and in the queue of evaluation at once, so that both have the
 * same order.
 */
export class Feed implements EntrySource {
  readonly #log: IngestLog
  readonly #roomBytes: number
  readonly #queue: Entry[] = []
  #bytes = 0
  #ended = false
  #wake: () => void = () => {}
  #waitingForRoom: (() => void)[] = []

  constructor(log: IngestLog, roomBytes: number = ROOM_BYTES) {
    this.#log = log
    this.#roomBytes = roomBytes
  }

  /** Records waiting for evaluation. */
  get length(): number {
    return this.#queue.length
  }

  /** Waits until there is room for more; to be called before anything is read that will be added. */
  async room(): Promise<void> {
    while (this.#bytes >= this.#roomBytes) {
      await new Promise<void>((resolve) => {
        this.#waitingForRoom.push(resolve)
      })
    }
  }

  /** Appends a record to the log; returns its number there. */
  add(record: LogRecord, taken: Entry['taken'] = () => {}): number {
    const { header, body } = encodeRecord(record)
    const sequence = this.#log.append(header, body)
    this.#queue.push({ sequence, record, taken })
    this.#bytes += sizeOf(record)
    this.#wake()
    return sequence
  }

  /** What has been added goes through; nothing more will be. */
  end(): void {
    this.#ended = true
    this.#wake()
  }

  async next(): Promise<Entry | 'tick' | 'end'> {
    if (this.#queue.length === 0 && !this.#ended) await this.#somethingOrTick()
    const entry = this.#queue.shift()
    if (entry === undefined) return this.#ended ? 'end' : 'tick'
    this.#bytes -= sizeOf(entry.record)
    if (this.#bytes < this.#roomBytes) for (const go of this.#waitingForRoom.splice(0)) go()
    return entry
  }

  async #somethingOrTick(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      timer = setTimeout(resolve, TICK_MS)
    })
    clearTimeout(timer)
    this.#wake = () => {}
  }
}

/** What a log holds from before, for recovery. */
export class Replayed implements EntrySource {
  readonly #records: Iterator<Numbered>

  constructor(records: Iterator<Numbered>) {
    this.#records = records
  }

  next(): Promise<Entry | 'end'> {
    const { done, value } = this.#records.next()
    if (done === true) return Promise.resolve('end')
    return Promise.resolve({
      sequence: value.sequence,
      record: decodeRecord(value),
      taken: () => {},
    })
  }
}

function sizeOf(record: LogRecord): number {
  return record.kind === 'block' ? record.bytes.length : 0
}
