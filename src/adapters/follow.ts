import { type BigIntStats, type FSWatcher, watch } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { DetectError } from '../domain/errors.ts'
import { SNIFF_BYTES } from '../formats/sniff.ts'

const READ_BYTES: number = 1 << 20
/** How often a file is looked at where the system does not tell of changes. */
const POLL_MS = 40

/** One of the files that a path names in the course of time. */
export interface FollowedFile {
  /** Where reading begins. */
  from: number
  /** The file's first bytes, when reading does not begin with them. */
  head: Uint8Array
  /** What is in it and what is appended to it, until another takes its place or it is truncated. */
  pieces: AsyncGenerator<Uint8Array>
}

/**
 * Follows a path as `tail -F` does: waits for a file to appear, reads what is appended to it, to its
 * end also when it was renamed, then whatever has the name. One that gets shorter is read from its
 * beginning; `note` is told. Ends only when told to.
 */
export async function* followFile(
  path: string,
  from: number,
  stop: AbortSignal,
  note: (message: string) => void,
): AsyncGenerator<FollowedFile> {
  const changes = new Changes(path, stop)
  let start = from
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
        const { size } = await file.stat()
        if (size < start) {
          note(`${path} is shorter than when it was last read: reading it from the beginning`)
          start = 0
        }
        const head = new Uint8Array(Math.min(start, SNIFF_BYTES))
        if (start > 0) await file.read(head, 0, head.length, 0)
        yield { from: start, head, pieces: piecesOf(file, path, start, changes, stop, note) }
      } finally {
        await file.close()
      }
      start = 0
    }
  } finally {
    changes.close()
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
