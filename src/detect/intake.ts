import type { DecodeContext } from '../columnar/chunk.ts'
import { DetectError } from '../domain/errors.ts'
import type { EpochMs } from '../domain/time.ts'
import type { DecodeResult, DecodeTask } from '../tasks/decode.ts'
import type { Digesting } from '../tasks/digest.ts'
import type { Decoded, RowGroups } from '../tasks/segment.ts'
import { Frontier } from '../window/frontier.ts'
import type { FileIdentity, InputRun, Segment } from './ports.ts'
import type { WorkerPool } from './pool.ts'

/** A decoded stretch of input, in the order in which it is to be windowed. */
export interface Arrival {
  run: InputRun
  /** Null at the end of a run. */
  decoded: Promise<Decoded> | null
  bytes: number
  /** Decodes it anew, without digests. */
  again(): Promise<Decoded>
  /** To be called once the chunk is windowed: how far event time is certain. */
  taken(decoded: Decoded | null): EpochMs
}

/** How whole windows up to a time may come, null for as rows; `earliest` is when the input begins. */
export type DigestingUntil = (until: EpochMs, earliest: EpochMs) => Digesting | null

/** So many rows are digested together: enough for the summaries to cost nothing beside the rows. */
const DIGESTED_ROWS = 1_048_576

/** The mark behind the last segment windowed, by run: a position to resume from. */
export type IntakePosition = Record<string, number>

interface OpenRun {
  index: number
  run: InputRun
  segments: AsyncIterator<Segment> | Iterator<Segment>
  /** Read ahead. */
  waiting: Segment | null
  /** Handed out, not yet windowed. */
  underWay: number
  latest: EpochMs
}

/**
 * Reads several runs side by side in event time: always from the run that is furthest behind, and
 * begins a run only when event time has got to its start. Decoding happens in the worker threads,
 * ahead of the windowing, which takes the chunks in the order they were handed out.
 */
export class Intake {
  readonly #runs: readonly InputRun[]
  readonly #pool: WorkerPool
  readonly #context: () => DecodeContext
  readonly #digesting: DigestingUntil
  readonly #earliest: EpochMs
  readonly #frontier: Frontier
  readonly #position: IntakePosition
  readonly #files: Record<string, FileIdentity> = {}
  readonly #open: Map<number, OpenRun> = new Map()
  /** The latest time of any row. */
  latest: EpochMs = Number.NEGATIVE_INFINITY
  /** Column memories to be used again. */
  readonly #memories: SharedArrayBuffer[] = []

  constructor(
    runs: readonly InputRun[],
    pool: WorkerPool,
    context: () => DecodeContext,
    position: IntakePosition = {},
    digesting: DigestingUntil = () => null,
  ) {
    this.#runs = runs
    this.#digesting = digesting
    this.#earliest = Math.min(...runs.map((run) => run.start))
    this.#pool = pool
    this.#context = context
    this.#frontier = new Frontier(runs.map((run) => run.start))
    this.#position = { ...position }
  }

  /** The files that the positions are in, of runs whose names may come to mean others. */
  get files(): Record<string, FileIdentity> {
    return { ...this.#files }
  }

  get position(): IntakePosition {
    return { ...this.#position }
  }

  /** Nothing earlier is expected any more. */
  get time(): EpochMs {
    return this.#frontier.time
  }

  /** Hands out one arrival after the other; each is being decoded when it is handed out. */
  async *arrivals(): AsyncGenerator<Arrival> {
    for (;;) {
      const open = this.#next()
      if (open === null) return
      const segment = await nextSegment(open)
      if (segment === null) {
        this.#open.delete(open.index)
        yield this.#end(open)
      } else {
        const digesting = this.#digestingOf(segment)
        const joined = digesting === 'summaries' ? await this.#joined(open, segment) : segment
        yield this.#arrival(open, joined, digesting)
      }
    }
  }

  /** Null too where a segment's windows, but for the first and the last, can hold rows of another. */
  #digestingOf({ source }: Segment): Digesting | null {
    if (source.kind !== 'row-groups' || source.inOrder === null || this.#open.size > 1) return null
    const { maxTime } = source.inOrder
    return this.#frontier.nextStart > maxTime ? this.#digesting(maxTime, this.#earliest) : null
  }

  /** The segment and as many that follow as may be summarised with it. */
  async #joined(open: OpenRun, first: Segment): Promise<Segment> {
    let joined = first
    for (;;) {
      const following = await nextSegment(open)
      const next = following === null ? null : together(joined, following)
      if (next === null || this.#digestingOf(next) !== 'summaries') {
        open.waiting = following
        return joined
      }
      joined = next
    }
  }

  #next(): OpenRun | null {
    while (this.#open.size === 0 || this.#frontier.nextStart <= this.#frontier.time) {
      if (!this.#begin()) break
    }
    let best: OpenRun | null = null
    for (const open of this.#open.values()) {
      if (best === null || this.#before(open, best)) best = open
    }
    return best
  }

  #before(a: OpenRun, b: OpenRun): boolean {
    if (a.underWay !== b.underWay) return a.underWay < b.underWay
    return a.latest < b.latest
  }

  #begin(): boolean {
    const index = this.#frontier.begin()
    if (index === null) return false
    const run = this.#runs[index]!
    const segments = run.segments(this.#position[run.name] ?? 0)
    const iterator =
      Symbol.asyncIterator in segments
        ? segments[Symbol.asyncIterator]()
        : segments[Symbol.iterator]()
    this.#open.set(index, {
      index,
      run,
      segments: iterator,
      waiting: null,
      underWay: 0,
      latest: run.start,
    })
    return true
  }

  #arrival(open: OpenRun, segment: Segment, digest: Digesting | null): Arrival {
    open.underWay++
    const { run } = open
    const decoded = this.#decode(segment, digest)
    // It may fail before it is its turn; whoever takes it then sees the failure.
    decoded.catch(() => {})
    return {
      run,
      decoded,
      bytes: segment.bytes,
      again: () => this.#decode(segment, null),
      taken: (decoded) => {
        const { chunk } = decoded!
        open.underWay--
        this.#position[run.name] = segment.mark
        if (segment.file !== null) this.#files[run.name] = segment.file
        if (chunk.maxTime > this.latest) this.latest = chunk.maxTime
        const until = segment.until ?? chunk.maxTime
        if (run.ordered && until > open.latest) {
          open.latest = until
          this.#frontier.advance(open.index, until)
        }
        if (chunk.time.buffer instanceof SharedArrayBuffer) this.#memories.push(chunk.time.buffer)
        return this.#frontier.time
      },
    }
  }

  #end(open: OpenRun): Arrival {
    return {
      run: open.run,
      decoded: null,
      bytes: 0,
      again: () => Promise.reject(new RangeError('the end of a run has no rows')),
      taken: () => {
        this.#frontier.finish(open.index)
        return this.#frontier.time
      },
    }
  }

  async #decode(segment: Segment, digest: Digesting | null): Promise<Decoded> {
    const task: DecodeTask = {
      source: segment.source,
      context: this.#context(),
      memory: this.#memories.pop() ?? null,
      digest,
    }
    const result = await this.#pool.run<DecodeResult>('decode', task)
    if ('failed' in result) throw new DetectError('input', result.failed)
    return result
  }
}

/** The next segment of a run; null at its end. */
async function nextSegment(open: OpenRun): Promise<Segment | null> {
  const { waiting } = open
  open.waiting = null
  if (waiting !== null) return waiting
  const { done, value } = await open.segments.next()
  return done === true ? null : value
}

/** Two segments of a run that follow each other as one; null where they are no row groups in order, or too long. */
function together(a: Segment, b: Segment): Segment | null {
  if (!isInOrder(a.source) || !isInOrder(b.source)) return null
  const { file } = b.source
  const rowGroups = [...a.source.file.rowGroups, ...file.rowGroups]
  const rows = a.source.inOrder.rows + b.source.inOrder.rows
  if (rows > DIGESTED_ROWS) return null
  const inOrder = { minTime: a.source.inOrder.minTime, maxTime: b.source.inOrder.maxTime, rows }
  const source = { ...b.source, file: { ...file, rowGroups }, inOrder }
  return { ...b, source, bytes: a.bytes + b.bytes }
}

type InOrder = RowGroups & { inOrder: NonNullable<RowGroups['inOrder']> }

function isInOrder(source: Segment['source']): source is InOrder {
  return source.kind === 'row-groups' && source.inOrder !== null
}
