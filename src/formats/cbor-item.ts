import { decodeFirst, type TagDecoder } from 'cborg'

export type CborItem =
  | { kind: 'value'; value: unknown; rest: Uint8Array }
  /** The bytes end inside the item. */
  | { kind: 'incomplete' }
  | { kind: 'invalid'; detail: string }

/** A tag only says how to take its content (RFC 8949, 3.4): every tag stands for its content. */
const contentOf: TagDecoder = (content) => content()
const ANY_TAG: Record<number, TagDecoder> = new Proxy({}, { get: () => contentOf })

/** How the decoder says that bytes are missing, as opposed to wrong. */
const MISSING = /not enough|tag content missing|did not find any content/

/** The first of the CBOR items in the bytes; never throws. */
export function firstCborItem(bytes: Uint8Array): CborItem {
  try {
    const [value, rest] = decodeFirst(bytes, { tags: ANY_TAG })
    return { kind: 'value', value, rest }
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    return MISSING.test(detail) ? { kind: 'incomplete' } : { kind: 'invalid', detail }
  }
}
