import type { Chunk, DecodeContext } from '../columnar/chunk.ts'
import { DetectError } from '../domain/errors.ts'
import type { EpochMs } from '../domain/time.ts'
import type { DecodeResult, DecodeTask } from '../tasks/decode.ts'
import { Frontier } from '../window/frontier.ts'
import type { InputRun, Segment } from './ports.ts'
import type { WorkerPool } from './pool.ts'

/** A decoded stretch of input, in the order in which it is to be windowed. */
export interface Arrival {
  run: InputRun
  /** Null at the end of a run. */
  chunk: Promise<Chunk> | null
  bytes: number
  /** To be called once the chunk is windowed: how far event time is certain. */
  taken(chunk: Chunk | null): EpochMs
}

/** The mark behind the last segment windowed, by run: a position to resume from. */
export type IntakePosition = Record<string, number>

interface OpenRun {
  index: number
  run: InputRun
  segments: AsyncIterator<Segment> | Iterator<Segment>
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
  readonly #frontier: Frontier
  readonly #position: IntakePosition
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
  ) {
    this.#runs = runs
    this.#pool = pool
    this.#context = context
    this.#frontier = new Frontier(runs.map((run) => run.start))
    this.#position = { ...position }
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
      const { done, value } = await open.segments.next()
      if (done === true) {
        this.#open.delete(open.index)
        yield this.#end(open)
      } else {
        yield this.#arrival(open, value)
      }
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
    this.#open.set(index, { index, run, segments: iterator, underWay: 0, latest: run.start })
    return true
  }

  #arrival(open: OpenRun, segment: Segment): Arrival {
    open.underWay++
    const { run } = open
    const chunk = this.#decode(segment)
    // It may fail before it is its turn; whoever takes it then sees the failure.
    chunk.catch(() => {})
    return {
      run,
      chunk,
      bytes: segment.bytes,
      taken: (chunk) => {
        open.underWay--
        this.#position[run.name] = segment.mark
        if (chunk!.maxTime > this.latest) this.latest = chunk!.maxTime
        const until = segment.until ?? chunk!.maxTime
        if (run.ordered && until > open.latest) {
          open.latest = until
          this.#frontier.advance(open.index, until)
        }
        if (chunk!.time.buffer instanceof SharedArrayBuffer) this.#memories.push(chunk!.time.buffer)
        return this.#frontier.time
      },
    }
  }

  #end(open: OpenRun): Arrival {
    return {
      run: open.run,
      chunk: null,
      bytes: 0,
      taken: () => {
        this.#frontier.finish(open.index)
        return this.#frontier.time
      },
    }
  }

  async #decode(segment: Segment): Promise<Chunk> {
    const task: DecodeTask = {
      source: segment.source,
      context: this.#context(),
      memory: this.#memories.pop() ?? null,
    }
    const result = await this.#pool.run<DecodeResult>('decode', task)
    if ('failed' in result) throw new DetectError('input', result.failed)
    return result.chunk
  }
}
