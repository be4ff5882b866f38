import type { Shape } from './shape.ts'

const WHOLE = /^-?\d{1,18}$/
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/i

/**
 * A query parameter as the JSON value a body would have in its place. What cannot be one stays text,
 * which the shape then refuses.
 */
export function fromText(shape: Shape, text: string): unknown {
  if (shape.kind === 'flag' && (text === 'true' || text === 'false')) return text === 'true'
  if (shape.kind === 'number' && WHOLE.test(text)) return Number(text)
  if (shape.kind === 'time' && ISO.test(text)) return secondsOf(text) ?? text
  return text
}

/** Null for what only looks like a time, such as a 40th day. */
function secondsOf(iso: string): number | null {
  const ms = Date.parse(iso)
  return Number.isNaN(ms) ? null : ms / 1_000
}
