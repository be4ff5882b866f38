import type { IncomingMessage } from 'node:http'
import { ApiError } from './errors.ts'

/** Memory that all bodies under way share: strangers' too, until their signature can be checked. */
export class BodyRoom {
  readonly #size: number
  #used = 0

  /** In bytes. */
  constructor(size: number) {
    this.#size = size
  }

  /** False when there is no room for so many bytes more. */
  take(bytes: number): boolean {
    if (this.#used + bytes > this.#size) return false
    this.#used += bytes
    return true
  }

  leave(bytes: number): void {
    this.#used -= bytes
  }
}

/** The whole body, for which room was taken; throws when it is longer than `limit` bytes, comes too slowly or breaks off. */
export function readBody(
  incoming: IncomingMessage,
  limit: number,
  timeoutMs: number,
  room: BodyRoom,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const timer = setTimeout(() => {
      fail(new ApiError('RequestTimeout', `The body did not arrive within ${timeoutMs} ms`))
    }, timeoutMs)
    const onData = (chunk: Buffer): void => {
      if (!room.take(chunk.length)) {
        fail(new ApiError('ServiceUnavailable', 'Too many requests are under way'))
        return
      }
      length += chunk.length
      chunks.push(chunk)
      if (length > limit) fail(tooLarge(limit))
    }
    const onEnd = (): void => {
      settle()
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks))
    }
    const onClose = (): void => fail(new ApiError('InvalidRequest', 'The request broke off'))
    const settle = (): void => {
      clearTimeout(timer)
      incoming.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose)
    }
    const fail = (error: ApiError): void => {
      settle()
      room.leave(length)
      incoming.pause()
      reject(error)
    }
    incoming.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose)
    if (Number(incoming.headers['content-length'] ?? 0) > limit) fail(tooLarge(limit))
  })
}

function tooLarge(limit: number): ApiError {
  return new ApiError('RequestEntityTooLarge', `The body is longer than ${limit} bytes`)
}
