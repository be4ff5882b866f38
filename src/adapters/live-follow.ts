import { createHash } from 'node:crypto'
import { type BigIntStats, type FSWatcher, watch } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { FileIdentity } from '../detect/ports.ts'
import { DetectError } from '../domain/errors.ts'
import { SNIFF_BYTES } from '../formats/sniff.ts'

const READ_BYTES: number = 1 << 20
/** How often a file is looked at where the system does not tell of changes. */
const POLL_MS = 40

/** So many of a file's first bytes tell it from others. */
const KNOWN_BYTES = 4_096

/** One of the files that a path names in the course of time. */
export interface FollowedFile {
  /** Where reading begins. */
  from: number
  /** The file's first bytes, when reading does not begin with them. */
  head: Uint8Array
  /** What it is known by when it has been read up to a mark. */
  identityAt(mark: number): FileIdentity
  /** What is in it and what is appended to it, until another takes its place or it is truncated. */
  pieces: AsyncGenerator<Uint8Array>
}

/**
 * Follows a path as `tail -F` does: waits for a file to appear, reads what is appended to it, to its
 * end also when it was renamed, then whatever has the name. One that gets shorter is read from its
 * beginning, and so is the first one if `from` was in another (`known`; null: taken to be the same);
 * `note` is told. Ends only when told to.
 */
export async function* followFile(
  path: string,
  from: number,
  known: FileIdentity | null,
  stop: AbortSignal,
  note: (message: string) => void,
): AsyncGenerator<FollowedFile> {
  const changes = new Changes(path, stop)
  let start = from
  let expected = known
  let asked = false
  try {
    while (!stop.aborted) {
      const file = await openIfThere(path, (reason) => {
        if (!asked) note(`waiting for ${path}: ${reason}`)
        asked = true
      })
      if (file === null) {
        await changes.next()
        continue
      }
      asked = false
      try {
        const { size, ino } = await file.stat({ bigint: true })
        let head = await headOf(file, Math.min(start, SNIFF_BYTES))
        const fault =
          size < start
            ? 'is shorter than when it was last read'
            : start > 0 &&
                expected !== null &&
                !isSame(identityOf(ino, head, expected.bytes), expected)
              ? 'is another file than the one that was read'
              : null
        if (fault !== null) {
          note(`${path} ${fault}: reading it from the beginning`)
          start = 0
          head = new Uint8Array(0)
        }
        const seen = new FirstBytes(head)
        const pieces = seen.over(piecesOf(file, path, start, changes, stop, note))
        const identityAt = (mark: number): FileIdentity =>
          identityOf(ino, seen.bytes, Math.min(mark, KNOWN_BYTES))
        yield { from: start, head, identityAt, pieces }
      } finally {
        await file.close()
      }
      start = 0
      expected = null
    }
  } finally {
    changes.close()
  }
}

async function headOf(file: FileHandle, bytes: number): Promise<Uint8Array> {
  const head = new Uint8Array(bytes)
  const { bytesRead } = await file.read(head, 0, bytes, 0)
  return head.subarray(0, bytesRead)
}

function identityOf(inode: bigint, head: Uint8Array, bytes: number): FileIdentity {
  const hash = createHash('sha256').update(head.subarray(0, bytes)).digest('base64url')
  return { inode: String(inode), bytes, hash }
}

function isSame(a: FileIdentity, b: FileIdentity): boolean {
  return a.inode === b.inode && a.hash === b.hash
}

/** A file's first bytes, as they were when they were read: it may be truncated later. */
class FirstBytes {
  bytes: Uint8Array

  constructor(head: Uint8Array) {
    this.bytes = head.slice(0, KNOWN_BYTES)
  }

  async *over(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      if (this.bytes.length < KNOWN_BYTES) {
        const more = piece.subarray(0, KNOWN_BYTES - this.bytes.length)
        this.bytes = Buffer.concat([this.bytes, more])
      }
      yield piece
    }
  }
}

async function openIfThere(
  path: string,
  absent: (reason: string) => void,
): Promise<FileHandle | null> {
  let file: FileHandle
  try {
    const kind = await stat(path)
    // Opening a pipe that nobody writes to would never return.
    if (!kind.isFile()) throw new DetectError('input', `${path} is no regular file to follow`)
    file = await open(path, 'r')
  } catch (error) {
    if (error instanceof DetectError) throw error
    absent((error as Error).message)
    return null
  }
  return file
}

async function* piecesOf(
  file: FileHandle,
  path: string,
  from: number,
  changes: Changes,
  stop: AbortSignal,
  note: (message: string) => void,
): AsyncGenerator<Uint8Array> {
  const identity = await file.stat({ bigint: true })
  let position = from
  let replaced = false
  while (!stop.aborted) {
    const { size } = await file.stat()
    if (size < position) {
      note(`${path} was truncated: reading it from the beginning`)
      return
    }
    const wanted = Math.min(READ_BYTES, size - position)
    if (wanted > 0) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(wanted), 0, wanted, position)
      position += bytesRead
      if (bytesRead > 0) yield buffer.subarray(0, bytesRead)
    } else if (replaced) return
    else if (await isAnother(path, identity)) replaced = true
    else await changes.next()
  }
}

/** Whether the path names another file now; while it names none, the old one may still grow. */
async function isAnother(path: string, { dev, ino }: BigIntStats): Promise<boolean> {
  try {
    const now = await stat(path, { bigint: true })
    return now.ino !== ino || now.dev !== dev
  } catch {
    return false
  }
}

/** Wakes whoever waits for something to happen to a path: told by the system, or by looking again. */
class Changes {
  readonly #stop: AbortSignal
  #watcher: FSWatcher | null = null
  #changed = false
  #wake: () => void = () => {}

  constructor(path: string, stop: AbortSignal) {
    this.#stop = stop
    const name = basename(path)
    try {
      // The folder tells of files that come and go, too.
      this.#watcher = watch(dirname(path), (_event, changed) => {
        if (changed === null || changed === name) this.#note()
      })
      this.#watcher.on('error', () => this.close())
    } catch {
      // No such folder as yet, or no more watches to be had: looking again has to do.
    }
    stop.addEventListener('abort', this.#note)
  }

  /** Returns when something has happened since it last returned, or some time has passed. */
  async next(): Promise<void> {
    if (!this.#changed && !this.#stop.aborted) {
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        timer = setTimeout(resolve, POLL_MS)
      })
      clearTimeout(timer)
    }
    this.#changed = false
  }

  close(): void {
    this.#stop.removeEventListener('abort', this.#note)
    this.#watcher?.close()
  }

  #note = (): void => {
    this.#changed = true
    this.#wake()
  }
}
