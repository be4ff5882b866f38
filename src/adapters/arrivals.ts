import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { DetectError } from '../domain/errors.ts'

/** So much may wait while nobody asks for it; then the stream is not read on. */
const WAITING_BYTES = 1 << 20

/**
 * What arrives on a stream, at once: all that has come since it was last asked. Ends with the stream,
 * or when told; then the stream is closed.
 */
export async function* arrivals(
  stream: Readable,
  name: string,
  stop: AbortSignal | null,
  leaveOpen = false,
): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = []
  let bytes = 0
  let ended = stream.readableEnded || stream.destroyed
  let failure: Error | null = null
  let wake: () => void = () => {}
  const end = (): void => {
    ended = true
    wake()
  }
  const fail = (error: Error): void => {
    failure = error
    end()
  }
  const take = (piece: Uint8Array): void => {
    waiting.push(piece)
    bytes += piece.length
    if (bytes >= WAITING_BYTES) stream.pause()
    wake()
  }
  stream.on('data', take).on('end', end).on('close', end).on('error', fail)
  stop?.addEventListener('abort', end)
  const stopped = (): boolean => stop?.aborted === true
  try {
    while (!stopped()) {
      if (bytes > 0) {
        const all = waiting.length === 1 ? waiting[0]! : Buffer.concat(waiting, bytes)
        waiting = []
        bytes = 0
        stream.resume()
        yield all
      } else if (failure !== null) {
        const reason = (failure as Error).message
        throw new DetectError('input', `${name}: ${reason}`, { cause: failure })
      } else if (ended) return
      else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
  } finally {
    stop?.removeEventListener('abort', end)
    stream.off('data', take).off('end', end).off('close', end)
    if (leaveOpen) stream.pause()
    else stream.destroy()
  }
}

/** The stream in pieces of `bytes` bytes, the last of which may be shorter: they depend on it alone. */
export async function* piecesOf(
  stream: AsyncIterable<Uint8Array>,
  bytes: number,
): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = []
  let length = 0
  for await (const arrival of stream) {
    held.push(arrival)
    length += arrival.length
    if (length < bytes) continue
    const all = Buffer.concat(held, length)
    let at = 0
    for (; length - at >= bytes; at += bytes) yield all.subarray(at, at + bytes)
    held = [all.subarray(at)]
    length -= at
  }
  if (length > 0) yield Buffer.concat(held, length)
}

/** So much may come of however little. */
const UNPACKED_UNASKED: number = 16 * 1024 * 1024

/**
 * The stream unpacked if it is gzip. Damage ends it, after what is before the damage: `damaged` is
 * told, and may throw. What comes to more than `mostTimes` its packed size is refused, by an error.
 */
export async function* unpacked(
  stream: AsyncIterable<Uint8Array>,
  damaged: (error: Error) => void,
  mostTimes: number = Number.POSITIVE_INFINITY,
): AsyncGenerator<Uint8Array> {
  const iterator = stream[Symbol.asyncIterator]()
  let head: Uint8Array = new Uint8Array(0)
  while (head.length < 2) {
    const next = await iterator.next()
    if (next.done === true) break
    head = Buffer.concat([head, next.value])
  }
  const whole = startingWith(head, iterator)
  if (head[0] !== 0x1f || head[1] !== 0x8b) {
    yield* whole
    return
  }
  const read = { bytes: 0 }
  const packed = Readable.from(counted(whole, read), { objectMode: false })
  const gunzip = createGunzip({ chunkSize: 1 << 18 })
  let failure: Error | null = null
  packed.on('error', (error) => {
    failure = error
    gunzip.destroy(error)
  })
  const room = (): number => Math.max(UNPACKED_UNASKED, read.bytes * mostTimes)
  try {
    let bytes = 0
    for await (const piece of arrivals(packed.pipe(gunzip), 'gzip', null)) {
      bytes += piece.length
      if (bytes > room()) {
        const message = `gzip data that unpacks to more than ${mostTimes} times its size`
        failure = new DetectError('input', message)
        throw failure
      }
      yield piece
    }
  } catch (error) {
    if (failure !== null) throw failure
    damaged((error as Error).cause as Error)
  } finally {
    packed.destroy()
  }
}

async function* counted(
  stream: AsyncIterable<Uint8Array>,
  read: { bytes: number },
): AsyncGenerator<Uint8Array> {
  for await (const piece of stream) {
    read.bytes += piece.length
    yield piece
  }
}

/** A stream whose first bytes have been taken already. */
export async function* startingWith(
  head: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    if (head.length > 0) yield head
    for (;;) {
      const next = await rest.next()
      if (next.done === true) return
      yield next.value
    }
  } finally {
    await rest.return?.()
  }
}
