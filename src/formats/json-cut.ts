import { scanValue, skipBlanks, stretchAt } from './json-scan.ts'

const BLANK = 32
const COMMA = 44
const OPEN_LIST = 91
const CLOSE_LIST = 93
const OPEN_OBJECT = 123

/**
 * Cuts JSON documents out of a stream while it comes: each may be handed on once it is whole, and so
 * may the elements of a list that has not ended. The brackets and commas of such a list are blanked
 * out in the bytes, so that what is handed on are documents that follow one another.
 */
export class JsonCutter {
  #openLists = 0

  /**
   * Behind the last whole document in the bytes, which begin where the last cut was made. What is no
   * JSON goes with the document that follows it, and stays until that comes.
   */
  cut(bytes: Uint8Array): number {
    let at = 0
    for (;;) {
      const start = skipBlanks(bytes, at)
      if (start === bytes.length) return at
      const byte = bytes[start]!
      if (this.#isMark(byte)) {
        if (byte === CLOSE_LIST) this.#openLists--
        bytes[start] = BLANK
        at = start + 1
      } else if (isBegun(bytes, start)) {
        // Only scanned: looking for where a document cut off by the end of the bytes is followed by
        // another would take its own parts for that.
        if (byte !== OPEN_LIST) return at
        this.#openLists++
        bytes[start] = BLANK
        at = start + 1
      } else {
        const { kind, end } = stretchAt(bytes, start, this.#openLists > 0)
        if (kind !== 'value' && end === bytes.length) return at
        at = end
      }
    }
  }

  #isMark(byte: number): boolean {
    return byte === COMMA || (byte === CLOSE_LIST && this.#openLists > 0)
  }
}

/** Whether the bytes end within the document that starts there. */
function isBegun(bytes: Uint8Array, start: number): boolean {
  const opens = bytes[start] === OPEN_LIST || bytes[start] === OPEN_OBJECT
  return opens && scanValue(bytes, start).kind === 'incomplete'
}
