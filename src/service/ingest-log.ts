import {
  closeSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writev,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { DetectError } from '../domain/errors.ts'
import { type Frame, frameAt, frameBytes } from './log-frame.ts'

const write = promisify(writev)
const sync = promisify(fdatasync)

/** A segment is closed when it has so many bytes. */
const SEGMENT_BYTES: number = 64 * 1024 * 1024
/** After a failed write (a full disk) it is tried again after so long. */
const RETRY_MS = 1_000
const NAME = /^(\d{16})\.log$/

/** A record of the log with its number; numbers grow by one. */
export interface Numbered extends Frame {
  sequence: number
}

/**
 * An append-only log in segment files, each named by the number of its first record. Appending returns
 * at once; records are written and synced in groups, and `durable` says when: many requests share a sync.
 * One that cannot be written waits until it can: nothing behind it becomes durable before. After a crash
 * the torn end of the last segment is cut off.
 */
export class IngestLog {
  readonly #directory: string
  readonly #segmentBytes: number
  /** First numbers of the segments, ascending. */
  readonly #segments: number[]
  #next: number
  #file: number
  #size: number
  #waiting: { sequence: number; pieces: Uint8Array[]; bytes: number }[] = []
  #durable: number
  #watchers: { sequence: number; resolve: () => void }[] = []
  #writing = false
  #problem: string | null = null
  /** What was torn off at the end by a crash. */
  readonly cutBytes: number = 0

  constructor(directory: string, segmentBytes: number = SEGMENT_BYTES) {
    this.#directory = directory
    this.#segmentBytes = segmentBytes
    mkdirSync(directory, { recursive: true })
    this.#segments = readdirSync(directory)
      .flatMap((name) => (NAME.test(name) ? [Number.parseInt(name, 10)] : []))
      .sort((a, b) => a - b)
    const last = this.#segments.at(-1)
    if (last === undefined) {
      this.#segments.push(1)
      this.#next = 1
      this.#file = this.#create(1)
      this.#size = 0
    } else {
      const { records, bytes } = this.#intact(last)
      this.cutBytes = statSync(this.#path(last)).size - bytes
      truncateSync(this.#path(last), bytes)
      this.#next = last + records
      this.#file = openSync(this.#path(last), 'a')
      this.#size = bytes
    }
    this.#durable = this.#next - 1
  }

  /** The number of the first record there is. */
  get first(): number {
    return this.#segments[0]!
  }

  /** The number that the next record will have. */
  get next(): number {
    return this.#next
  }

  /** Why nothing can be written at the moment; null as a rule. */
  get problem(): string | null {
    return this.#problem
  }

  /** Bytes of all segments. */
  get bytes(): number {
    const before = this.#segments.slice(0, -1)
    return before.reduce((sum, first) => sum + statSync(this.#path(first)).size, this.#size)
  }

  append(header: unknown, body: Uint8Array): number {
    const sequence = this.#next++
    const pieces = frameBytes({ header, body })
    this.#waiting.push({ sequence, pieces, bytes: pieces[0].length + pieces[1].length })
    if (!this.#writing) void this.#writeAll()
    return sequence
  }

  /** Resolves when a record and all before it are on the disk. */
  durable(sequence: number): Promise<void> {
    if (sequence <= this.#durable) return Promise.resolve()
    return new Promise((resolve) => {
      this.#watchers.push({ sequence, resolve })
    })
  }

  /** The records from a number on, as far as they were durable when the log was opened or are by now. */
  *read(from: number): Generator<Numbered> {
    for (const [i, first] of this.#segments.entries()) {
      const end = this.#segments[i + 1] ?? this.#durable + 1
      if (end <= from) continue
      const bytes = readFileSync(this.#path(first))
      let at = 0
      for (let sequence = first; sequence < end; sequence++) {
        const found = frameAt(bytes, at)
        if (found === null) throw damaged(this.#path(first), at)
        at = found.end
        if (sequence >= from) yield { sequence, ...found.frame }
      }
    }
  }

  /** Removes the segments that hold no record from a number on. */
  trim(from: number): void {
    while (this.#segments.length > 1 && this.#segments[1]! <= from) {
      rmSync(this.#path(this.#segments.shift()!))
    }
  }

  /** Waits for what has been appended, unless it cannot be written. */
  async close(): Promise<void> {
    if (this.#problem === null) await this.durable(this.#next - 1)
    closeSync(this.#file)
  }

  async #writeAll(): Promise<void> {
    this.#writing = true
    while (this.#waiting.length > 0) {
      const group = this.#waiting
      this.#waiting = []
      await this.#writeGroup(group.flatMap(({ pieces }) => pieces))
      this.#size += group.reduce((sum, { bytes }) => sum + bytes, 0)
      this.#durable += group.length
      const ready = this.#watchers.filter(({ sequence }) => sequence <= this.#durable)
      this.#watchers = this.#watchers.filter(({ sequence }) => sequence > this.#durable)
      for (const { resolve } of ready) resolve()
      if (this.#size >= this.#segmentBytes) this.#rotate()
    }
    this.#writing = false
  }

  async #writeGroup(pieces: Uint8Array[]): Promise<void> {
    for (;;) {
      try {
        await writeWhole(this.#file, pieces)
        await sync(this.#file)
        this.#problem = null
        return
      } catch (error) {
        this.#problem = `the ingest log cannot be written: ${(error as Error).message}`
        ftruncateSync(this.#file, this.#size)
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      }
    }
  }

  #rotate(): void {
    const first = this.#durable + 1
    const file = this.#create(first)
    closeSync(this.#file)
    this.#file = file
    this.#size = 0
    this.#segments.push(first)
  }

  #create(first: number): number {
    const file = openSync(this.#path(first), 'ax')
    const folder = openSync(this.#directory, 'r')
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
    return file
  }

  #intact(first: number): { records: number; bytes: number } {
    const bytes = readFileSync(this.#path(first))
    let records = 0
    let at = 0
    for (let found = frameAt(bytes, 0); found !== null; found = frameAt(bytes, at)) {
      records++
      at = found.end
    }
    return { records, bytes: at }
  }

  #path(first: number): string {
    return join(this.#directory, `${String(first).padStart(16, '0')}.log`)
  }
}

/** A system call takes so many pieces at most. */
const PIECES = 512

async function writeWhole(file: number, pieces: readonly Uint8Array[]): Promise<void> {
  let left = pieces.filter(({ length }) => length > 0)
  while (left.length > 0) {
    const { bytesWritten } = await write(file, left.slice(0, PIECES))
    let done = bytesWritten
    while (left.length > 0 && done >= left[0]!.length) {
      done -= left[0]!.length
      left = left.slice(1)
    }
    if (done > 0) left = [left[0]!.subarray(done), ...left.slice(1)]
  }
}

function damaged(path: string, at: number): DetectError {
  return new DetectError('state', `${path} is damaged at byte ${at}`)
}
