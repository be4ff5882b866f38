import { cutCbor } from '../formats/cbor-cut.ts'
import { JsonCutter } from '../formats/json-cut.ts'
import type { Format } from '../formats/sniff.ts'
import type { ByteFormat } from '../tasks/segment.ts'
import { startingWith } from './arrivals.ts'
import { HeldBytes, type LineBlock, lineBlocks } from './line-blocks.ts'
import { type StreamStart, streamStart } from './live-start.ts'

/** A document longer than this is handed on without its end; the decoder refuses it. */
const MAX_DOCUMENT_BYTES: number = 4 * 1024 * 1024

/** Whole lines or documents, how to read them, and how many bytes of the stream end with them. */
export interface LiveBlock extends LineBlock {
  format: ByteFormat
}

export interface LiveFormat {
  /** The one the user named, if any. */
  given: Format | null
  /** What the stream's start told before, when this is not its start. */
  known: ByteFormat | null
  /** A header was taken out. */
  skippedLine: () => void
}

/**
 * Hands on each arrival at once, as far as it consists of whole lines or documents. Arrow alone is
 * read whole, at the end of the stream, and takes the memory for that.
 */
export async function* liveBlocks(
  stream: AsyncIterable<Uint8Array>,
  { given, known, skippedLine }: LiveFormat,
): AsyncGenerator<LiveBlock> {
  const arrivals = stream[Symbol.asyncIterator]()
  const held = new HeldBytes()
  let position = 0
  let format = known
  try {
    while (format === null) {
      const next = await arrivals.next()
      if (next.done !== true) held.append(next.value)
      const { before, start } = startBehind(held.view, given, next.done === true)
      position += before
      if (before > 0) {
        yield { bytes: held.take(before), format: { name: 'ndjson' }, end: position }
      }
      if (start.kind !== 'stream') continue
      // Arrow starts with its first byte or not at all; whoever bounds what is read whole looks no further.
      format = start.format.name === 'arrow' && position > 0 ? { name: 'ndjson' } : start.format
      position += start.from
      if (start.from > 0) skippedLine()
      held.take(start.from)
    }
    const rest = startingWith(held.view.slice(), arrivals)
    for await (const { bytes, end } of blocksOf(rest, format)) {
      yield { bytes, format, end: position + end }
    }
  } finally {
    await arrivals.return?.()
  }
}

/** How a stream starts behind what can be handed on without knowing its format. */
export function startBehind(
  head: Uint8Array,
  given: Format | null,
  ended: boolean,
): { before: number; start: Exclude<StreamStart, { kind: 'before' }> } {
  let before = 0
  for (;;) {
    const start = streamStart(head.subarray(before), given, ended)
    if (start.kind !== 'before') return { before, start }
    before += start.end
  }
}

function blocksOf(stream: AsyncIterable<Uint8Array>, format: ByteFormat): AsyncIterable<LineBlock> {
  if (format.name === 'json') return jsonBlocks(stream)
  if (format.name === 'cbor') return cborBlocks(stream)
  if (format.name === 'arrow') return wholeStream(stream)
  return lineBlocks(stream, null)
}

async function* jsonBlocks(stream: AsyncIterable<Uint8Array>): AsyncGenerator<LineBlock> {
  const held = new HeldBytes()
  let cutter = new JsonCutter()
  let position = 0
  for await (const piece of stream) {
    held.append(piece)
    position += piece.length
    let cut = cutter.cut(held.view)
    if (cut === 0 && held.length > MAX_DOCUMENT_BYTES) {
      cut = held.length
      cutter = new JsonCutter()
    }
    if (cut > 0) yield { bytes: held.take(cut), end: position - held.length }
  }
  if (held.length > 0) yield { bytes: held.take(held.length), end: position }
}

async function* cborBlocks(stream: AsyncIterable<Uint8Array>): AsyncGenerator<LineBlock> {
  const held = new HeldBytes()
  let position = 0
  for await (const piece of stream) {
    held.append(piece)
    position += piece.length
    for (let more = true; more && held.length > 0; ) {
      const cut = cutCbor(held.view)
      more = cut.more
      if (cut.end > 0) yield { bytes: held.take(cut.end), end: position - held.length }
    }
  }
  if (held.length > 0) yield { bytes: held.take(held.length), end: position }
}

async function* wholeStream(stream: AsyncIterable<Uint8Array>): AsyncGenerator<LineBlock> {
  const held = new HeldBytes()
  for await (const piece of stream) held.append(piece)
  const end = held.length
  if (end > 0) yield { bytes: held.take(end), end }
}
