/** Seconds that a device has been offline; 0 while it is connected. */
export const DISCONNECT_DURATION = 'aws:disconnect-duration'

/**
 * What stands in rows of that metric until their window closes where a device came or went, instead of
 * a duration, which is never negative. The larger counts where both happened at the same moment.
 */
export const CONNECTED = -1
export const DISCONNECTED = -2

/** The new client with an old one's id is connected, although the old one is told to have left. */
const TAKEN_OVER = /duplicate_?client_?id/i

export function isTakenOver(disconnectReason: unknown): boolean {
  return typeof disconnectReason === 'string' && TAKEN_OVER.test(disconnectReason)
}
