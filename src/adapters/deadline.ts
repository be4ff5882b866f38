/**
 * Runs work under a signal that aborts after `timeoutMs`, or as soon as `stopped` does. Not `AbortSignal.timeout` within
 * `AbortSignal.any`: Node 20 may collect it before it fires, and the work would wait for ever.
 */
export async function withDeadline<T>(
  timeoutMs: number,
  stopped: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController()
  const end = (): void => deadline.abort()
  const timer = setTimeout(end, timeoutMs)
  stopped.addEventListener('abort', end)
  if (stopped.aborted) end()
  try {
    return await work(deadline.signal)
  } finally {
    clearTimeout(timer)
    stopped.removeEventListener('abort', end)
  }
}
