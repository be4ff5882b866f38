import type { Readable } from 'node:stream'
import type { FileIdentity, InputRun, Segment } from '../detect/ports.ts'
import { DetectError } from '../domain/errors.ts'
import type { Format } from '../formats/sniff.ts'
import { arrivals, piecesOf, unpacked } from './arrivals.ts'
import { followFile } from './live-follow.ts'
import { type LiveBlock, liveBlocks, startBehind } from './live-blocks.ts'

const STDIN = 'stdin'
/** As long as the segments of a file. */
const SEGMENT_BYTES: number = 8 * 1024 * 1024

export interface StdinOptions {
  input?: Readable
  /** Ends the run early; what has not been handed on by then counts as not read. */
  stop?: AbortSignal | null
  note?: (message: string) => void
}

/**
 * Standard input as a live run: each arrival is handed on at once, up to its last line end, and nothing
 * is read while nobody asks. Marks are positions in the (unpacked) stream: to go on from one, the same
 * stream has to be supplied again from its start. Bad bytes are rows refused, never the run's end,
 * but for damaged gzip data, behind which nothing can be known.
 */
export function stdinRun(format: Format | null, options: StdinOptions = {}): InputRun {
  const { input = process.stdin, stop = null, note = () => {} } = options
  const bytes = (): AsyncGenerator<Uint8Array> =>
    unpacked(arrivals(input, STDIN, stop), (error) => {
      note(`${STDIN}: damaged gzip data (${error.message}): nothing behind it can be read`)
    })
  return streamRun(format, bytes, { stop, ordered: true })
}

/**
 * Standard input for a replay. Segments depend on the bytes alone, not on how they arrive; the rows
 * are in any order.
 */
export function pipedRun(input: Readable, format: Format | null): InputRun {
  const bytes = (): AsyncGenerator<Uint8Array> => {
    const stream = unpacked(arrivals(input, STDIN, null), (error) => {
      throw new DetectError('input', `${STDIN}: damaged gzip data`, { cause: error })
    })
    return piecesOf(stream, SEGMENT_BYTES)
  }
  return streamRun(format, bytes, { stop: null, ordered: false })
}

function streamRun(
  format: Format | null,
  bytes: () => AsyncGenerator<Uint8Array>,
  { stop, ordered }: { stop: AbortSignal | null; ordered: boolean },
): InputRun {
  let skippedLines = 0
  return {
    name: STDIN,
    start: Number.NEGATIVE_INFINITY,
    bytes: null,
    get skippedLines() {
      return skippedLines
    },
    ordered,
    async *segments(from) {
      const skippedLine = (): void => {
        skippedLines = 1
      }
      const blocks = liveBlocks(bytes(), { given: format, known: null, skippedLine })
      yield* segmentsOf(blocks, { base: 0, from, stop })
    },
  }
}

/**
 * A file that grows, as a live run; see `followFile`. Marks are positions in the file that has the name
 * at the time: after a rotation they begin again. `known` is the file that the mark to go on from is in.
 */
export function followRun(
  path: string,
  format: Format | null,
  known: FileIdentity | null,
  stop: AbortSignal,
  note: (message: string) => void,
): InputRun {
  let skippedLines = 0
  return {
    name: path,
    start: Number.NEGATIVE_INFINITY,
    bytes: null,
    get skippedLines() {
      return skippedLines
    },
    ordered: true,
    async *segments(from) {
      const skippedLine = (): void => {
        skippedLines = 1
      }
      for await (const file of followFile(path, from, known, stop, note)) {
        const { from: base, head, pieces } = file
        const { start } = startBehind(head, format, false)
        const told = base > 0 && start.kind === 'stream' ? start.format : null
        const blocks = liveBlocks(pieces, { given: format, known: told, skippedLine })
        for await (const segment of segmentsOf(blocks, { base, from: base, stop })) {
          yield { ...segment, file: file.identityAt(segment.mark) }
        }
      }
    },
  }
}

/** The blocks behind `from`; `base` is where the stream of blocks begins. None once told to stop. */
async function* segmentsOf(
  blocks: AsyncIterable<LiveBlock>,
  { base, from, stop }: { base: number; from: number; stop: AbortSignal | null },
): AsyncGenerator<Segment> {
  for await (const { bytes, format, end } of blocks) {
    if (stop?.aborted === true) return
    const mark = base + end
    if (mark <= from) continue
    const fresh = bytes.subarray(Math.max(0, bytes.length - (mark - from)))
    const source = { kind: 'bytes' as const, bytes: fresh, format }
    yield { source, bytes: fresh.length, mark, file: null, until: null }
  }
}
