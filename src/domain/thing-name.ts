import { hasControlCharacters } from './names.ts'
import { MAX_THING_NAME_BYTES } from './reject.ts'

/** What a thing's name is, for messages. */
export const THING_NAME: string = `a thing name: 1 to ${MAX_THING_NAME_BYTES} bytes, no control characters`

export function isThingName(thing: unknown): thing is string {
  if (typeof thing !== 'string' || thing === '' || hasControlCharacters(thing)) return false
  return Buffer.byteLength(thing) <= MAX_THING_NAME_BYTES
}
