/**
 * The pieces of a stream put together to at least `bytes` bytes, as long as they come without a pause of `waitMs`:
 * what trickles is handed on as it comes, and what has come before a failure ahead of it.
 */
export async function* gathered(
  stream: AsyncIterable<Uint8Array>,
  bytes: number,
  waitMs: number,
): AsyncGenerator<Uint8Array> {
  const pieces = stream[Symbol.asyncIterator]()
  let held: Uint8Array[] = []
  let length = 0
  let pending = pieces.next()
  try {
    for (;;) {
      const next = length === 0 ? await pending : await orPause(pending, waitMs)
      if (next !== 'pause') {
        if (next.done === true) break
        held.push(next.value)
        length += next.value.length
        pending = pieces.next()
        if (length < bytes) continue
      }
      yield held.length === 1 ? held[0]! : Buffer.concat(held, length)
      held = []
      length = 0
    }
    if (length > 0) yield Buffer.concat(held, length)
  } catch (error) {
    if (length > 0) yield Buffer.concat(held, length)
    throw error
  } finally {
    pending.catch(() => {})
    await pieces.return?.()
  }
}

async function orPause<T>(pending: Promise<T>, waitMs: number): Promise<T | 'pause'> {
  let timer: NodeJS.Timeout | undefined
  const pause = new Promise<'pause'>((resolve) => {
    timer = setTimeout(() => resolve('pause'), waitMs)
  })
  try {
    return await Promise.race([pending, pause])
  } finally {
    clearTimeout(timer)
  }
}
