import { firstCborItem } from './cbor-item.ts'

/** What is longer is no document of ours, but a length that was never meant as one. */
const MAX_ITEM_BYTES: number = 1 << 20
/** Places looked at for a new beginning, before all that is there is given up. */
const MAX_ATTEMPTS = 1_000

/** Where a stream of CBOR items may be cut. */
export interface CborCut {
  /** Behind whole items, or behind whole items and a stretch that is no CBOR; the decoder ends there. */
  end: number
  /** Whether there may be more behind the cut. */
  more: boolean
}

/** Cuts a stream of CBOR items while it comes: `bytes` begin where the last cut was made. */
export function cutCbor(bytes: Uint8Array): CborCut {
  let at = 0
  while (at < bytes.length) {
    const item = firstCborItem(bytes.subarray(at))
    if (item.kind === 'value') at = bytes.length - item.rest.length
    else if (item.kind === 'incomplete' && bytes.length - at <= MAX_ITEM_BYTES) break
    else return { end: nextDocument(bytes, at + 1), more: true }
  }
  return { end: at, more: false }
}

/**
 * Nothing in CBOR marks where an item starts. A map whose first key is a text, as documents begin, is
 * the best guess; the bytes' end where there is none.
 */
function nextDocument(bytes: Uint8Array, from: number): number {
  let attempts = 0
  for (let at = from; at < bytes.length && attempts < MAX_ATTEMPTS; at++) {
    const isMap = (bytes[at]! > 0xa0 && bytes[at]! < 0xb8) || bytes[at] === 0xbf
    const key = bytes[at + 1] ?? 0x60
    if (!isMap || key < 0x60 || key > 0x78) continue
    attempts++
    if (firstCborItem(bytes.subarray(at)).kind !== 'invalid') return at
  }
  return bytes.length
}
