import type { Readable } from 'node:stream'
import { arrivals, unpacked } from '../adapters/arrivals.ts'
import { liveBlocks } from '../adapters/live-blocks.ts'
import { DetectError } from '../domain/errors.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Format } from '../formats/sniff.ts'
import { addOutcome, type BatchAnswer, openAnswer } from './batch-answer.ts'
import type { Batches } from './batches.ts'
import type { Feed } from './feed.ts'
import { gathered } from './gathered.ts'
import type { IngestLog } from './ingest-log.ts'

/** A body is cut into blocks of about so many bytes, each a task for a thread. */
const BLOCK_BYTES: number = 1024 * 1024
const PAUSE_MS = 2
/** Arrow must be whole to be read: so large a body at most. */
const MAX_WHOLE_BYTES: number = 256 * 1024 * 1024

export interface IngestParts {
  feed: Feed
  log: IngestLog
  batches: Batches
  now: () => EpochMs
  /** Rejects when evaluation fails: then nothing is answered any more. */
  failure: Promise<never>
  /** Rows dated later are refused; null: none. */
  notAfter: () => EpochMs | null
}

/** How a batch came to its end. */
export type Ingested =
  | { kind: 'answered'; answer: BatchAnswer; again: boolean }
  /** A batch of the same key is under way. */
  | { kind: 'under-way' }
  /** The body could be read up to somewhere; the answer speaks of what came before. */
  | { kind: 'broken'; message: string; answer: BatchAnswer }

/** Takes in batches of datapoints, several at a time. */
export class Ingest {
  readonly #parts: IngestParts
  readonly #underWay: Set<string> = new Set()

  constructor(parts: IngestParts) {
    this.#parts = parts
  }

  /**
   * Takes one batch. When it is answered, its rows are on the disk and in their windows. With a key it counts once,
   * however often it is sent: one that broke off goes on where it did.
   */
  async take(body: Readable, format: Format | null, key: string | null): Promise<Ingested> {
    if (key === null) return this.#takeIn(body, format, null)
    const answer = this.#parts.batches.answerOf(key)
    if (answer !== null) return { kind: 'answered', answer, again: true }
    if (this.#underWay.has(key)) return { kind: 'under-way' }
    this.#underWay.add(key)
    try {
      return await this.#takeIn(body, format, key)
    } finally {
      this.#underWay.delete(key)
    }
  }

  async #takeIn(body: Readable, format: Format | null, key: string | null): Promise<Ingested> {
    const { feed, log, batches, failure } = this.#parts
    const open = openAnswer()
    const outcomes: Promise<void>[] = []
    let last = 0
    const add = (record: Parameters<Feed['add']>[0]): void => {
      outcomes.push(
        new Promise((resolve) => {
          last = feed.add(record, (outcome) => {
            addOutcome(open, outcome)
            resolve()
          })
        }),
      )
    }
    let broken: string | null = null
    const from = key === null ? 0 : batches.endOf(key)
    try {
      const bytes = unpacked(arrivals(body, 'body', null), (error) => {
        broken = `damaged gzip data: ${error.message}`
      })
      const pieces = gathered(limited(bytes, format), BLOCK_BYTES, PAUSE_MS)
      const blocks = liveBlocks(pieces, { given: format, known: null, skippedLine: () => {} })
      for await (const { bytes, format, end } of blocks) {
        if (end <= from) continue
        const fresh = bytes.subarray(Math.max(0, bytes.length - (end - from)))
        const notAfter = this.#parts.notAfter()
        add({ kind: 'block', origin: 'http', end, key, format, notAfter, bytes: fresh })
        await Promise.race([failure, feed.room()])
      }
    } catch (error) {
      if (!(error instanceof DetectError)) throw error
      broken = error.message
    }
    if (broken === null && key !== null)
      add({ kind: 'batch-end', key, received: this.#parts.now() })
    await Promise.race([failure, Promise.all(outcomes)])
    await log.durable(last)
    if (broken !== null) return { kind: 'broken', message: broken, answer: open.answer }
    const answer = (key === null ? null : batches.answerOf(key)) ?? open.answer
    return { kind: 'answered', answer, again: false }
  }
}

async function* limited(
  stream: AsyncIterable<Uint8Array>,
  format: Format | null,
): AsyncGenerator<Uint8Array> {
  let length = 0
  let whole = format === 'arrow-file' || format === 'arrow-stream'
  for await (const piece of stream) {
    if (length === 0 && format === null) whole = startsAsArrow(piece)
    length += piece.length
    if (whole && length > MAX_WHOLE_BYTES) {
      throw new DetectError('input', `Arrow in one body has at most ${MAX_WHOLE_BYTES} bytes`)
    }
    yield piece
  }
}

/** `ARROW1` or a continuation marker. */
function startsAsArrow(piece: Uint8Array): boolean {
  const [a, b] = piece
  return (a === 0x41 && b === 0x52) || (a === 0xff && b === 0xff)
}
