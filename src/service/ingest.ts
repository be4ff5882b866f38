import type { Readable } from 'node:stream'
import { arrivals, unpacked } from '../adapters/arrivals.ts'
import { type LiveBlock, liveBlocks } from '../adapters/live-blocks.ts'
import { DetectError } from '../domain/errors.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Format } from '../formats/sniff.ts'
import { addOutcome, type BatchAnswer, openAnswer } from './batch-answer.ts'
import type { Batches, FinishedBatch, OpenBatch } from './batches.ts'
import { BodyDigest } from './body-digest.ts'
import type { Feed } from './feed.ts'
import { gathered } from './gathered.ts'
import type { IngestLog } from './ingest-log.ts'
import type { LogRecord } from './log-record.ts'

/** A body is cut into blocks of about so many bytes, each a task for a thread. */
const BLOCK_BYTES: number = 1024 * 1024
const PAUSE_MS = 2
/** Packed datapoints come to 20 to 40 times their size, nothing but one line again and again to 300. */
const MOST_TIMES = 200
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
  /** The key was used for another body. */
  | { kind: 'another-body' }
  /** The body could be read up to somewhere; the answer speaks of what came before. */
  | { kind: 'broken'; message: string; answer: BatchAnswer }

/** A batch as it comes in. */
export interface Batch {
  body: Readable
  /** Null: what its content says. */
  format: Format | null
  /** Whose datapoints and reports are that do not say it; null: nobody's. */
  thing: string | null
}

/** How far a body was taken before. */
type Taken = Pick<OpenBatch, 'end' | 'digest'>
const NOTHING_TAKEN: Taken = { end: 0, digest: null }

/** A body that is not the one that its key was used for. */
class AnotherBody extends Error {}

/** Takes in batches of datapoints, several at a time. */
export class Ingest {
  readonly #parts: IngestParts
  readonly #underWay: Set<string> = new Set()

  constructor(parts: IngestParts) {
    this.#parts = parts
  }

  /**
   * Takes one batch. When it is answered, its rows are on the disk and in their windows. With a key it counts once,
   * however often it is sent: one that broke off goes on where it did. Another body is refused.
   */
  async take(batch: Batch, key: string | null): Promise<Ingested> {
    if (key === null) return this.#takeIn(batch, null)
    if (this.#underWay.has(key)) return { kind: 'under-way' }
    this.#underWay.add(key)
    try {
      const finished = this.#parts.batches.finishedOf(key)
      return await (finished === null
        ? this.#takeIn(batch, key)
        : this.#answerAgain(batch, finished))
    } catch (error) {
      if (error instanceof AnotherBody) return { kind: 'another-body' }
      if (!(error instanceof DetectError)) throw error
      return { kind: 'broken', message: error.message, answer: openAnswer().answer }
    } finally {
      this.#underWay.delete(key)
    }
  }

  async #answerAgain({ body, thing }: Batch, { answer, digest }: FinishedBatch): Promise<Ingested> {
    if (digest === null) return { kind: 'answered', answer, again: true }
    const heard = new BodyDigest(thing ?? '')
    const bytes = unpackedBody(body)
    for await (const _ of heard.over(bytes)) heard.upTo(heard.length)
    if (heard.upTo(heard.length) !== digest) throw new AnotherBody()
    return { kind: 'answered', answer, again: true }
  }

  async #takeIn(batch: Batch, key: string | null): Promise<Ingested> {
    const { feed, log, batches, failure, now } = this.#parts
    const { thing } = batch
    const open = openAnswer()
    const outcomes: Promise<void>[] = []
    let last = 0
    const add = (record: LogRecord): void => {
      outcomes.push(
        new Promise((resolve) => {
          last = feed.add(record, (outcome) => {
            addOutcome(open, outcome)
            resolve()
          })
        }),
      )
    }
    const taken = key === null ? NOTHING_TAKEN : batches.takenOf(key)
    const heard = key === null ? null : new BodyDigest(thing ?? '')
    let broken: string | null = null
    try {
      for await (const block of freshBlocks(batch, taken, heard)) {
        const notAfter = this.#parts.notAfter()
        add({ kind: 'block', origin: 'http', file: null, key, thing, notAfter, ...block })
        await Promise.race([failure, feed.room()])
      }
      compare(heard, taken)
    } catch (error) {
      if (!(error instanceof DetectError)) throw error
      broken = error.message
    }
    if (broken === null && key !== null && heard !== null)
      add({ kind: 'batch-end', key, digest: heard.upTo(heard.length), received: now() })
    await Promise.race([failure, Promise.all(outcomes)])
    await log.durable(last)
    if (broken !== null) return { kind: 'broken', message: broken, answer: open.answer }
    const answer = (key === null ? null : batches.finishedOf(key)?.answer) ?? open.answer
    return { kind: 'answered', answer, again: false }
  }
}

/** What ends at damage as if it were whole would cut a line in two for good: it is an error. */
function unpackedBody(body: Readable): AsyncGenerator<Uint8Array> {
  const damaged = (error: Error): never => {
    throw new DetectError('input', `damaged gzip data: ${error.message}`, { cause: error })
  }
  return unpacked(arrivals(body, 'body', null, true), damaged, MOST_TIMES)
}

/** What a body holds behind what has been taken of it; throws for another one than that was of. */
async function* freshBlocks(
  { body, format: given }: Batch,
  taken: Taken,
  heard: BodyDigest | null,
): AsyncGenerator<LiveBlock & { digest: string | null }> {
  const bytes = unpackedBody(body)
  const whole = limited(heard === null ? bytes : heard.over(bytes), given)
  const pieces = gathered(whole, BLOCK_BYTES, PAUSE_MS)
  const blocks = liveBlocks(pieces, { given, known: null, skippedLine: () => {} })
  for await (const { bytes, format, end } of blocks) {
    if (end <= taken.end) continue
    compare(heard, taken)
    const fresh = bytes.subarray(Math.max(0, bytes.length - (end - taken.end)))
    yield { bytes: fresh, format, end, digest: heard?.upTo(end) ?? null }
  }
}

/** Looks at a body's beginning once, when so much of it has been heard. */
function compare(heard: BodyDigest | null, { end, digest }: Taken): void {
  if (heard === null || digest === null || heard.hashed > end) return
  if (heard.length < end || heard.upTo(end) !== digest) throw new AnotherBody()
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
