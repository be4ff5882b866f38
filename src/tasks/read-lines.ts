import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

const NEWLINE = 10
/** Small enough to stay in the processor's cache between reading and decoding. */
const BLOCK_BYTES = 1 << 20
const PROBE_BYTES = 65_536

/** Where the bytes of a file are put. */
export interface LineSink {
  /** A region of at least `bytes` bytes that keeps what it held. */
  region(bytes: number): Uint8Array
  /** The first `length` bytes of the region are whole lines (the last of a file may lack its end). */
  lines(length: number): void
}

/**
 * Reads the lines of a file that begin in `[from, to)`, block by block. Of two neighbouring ranges
 * each line belongs to exactly one; the last is read to its end.
 */
export function readLines(path: string, from: number, to: number, sink: LineSink): void {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const stop = lineStart(file, to, size)
    let position = lineStart(file, from, size)
    let held = 0
    while (position < stop) {
      const wanted = Math.min(BLOCK_BYTES, stop - position)
      const region = sink.region(held + wanted)
      const read = readSync(file, region, held, wanted, position)
      if (read === 0) break
      position += read
      const length = held + read
      const whole = position === stop ? length : region.lastIndexOf(NEWLINE, length - 1) + 1
      if (whole > 0) sink.lines(whole)
      if (whole > 0 && whole < length) sink.region(length).copyWithin(0, whole, length)
      held = length - whole
    }
    if (held > 0) sink.lines(held)
  } finally {
    closeSync(file)
  }
}

/** Where the first line begins that begins at `at` or later; the file's size when there is none. */
function lineStart(file: number, at: number, size: number): number {
  if (at <= 0) return 0
  const probe = new Uint8Array(PROBE_BYTES)
  for (let position = at - 1; position < size; position += PROBE_BYTES) {
    const read = readSync(file, probe, 0, PROBE_BYTES, position)
    const newline = probe.subarray(0, read).indexOf(NEWLINE)
    if (newline >= 0) return position + newline + 1
  }
  return size
}
