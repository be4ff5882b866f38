import { firstCborItem } from './cbor-item.ts'
import type { Fields, Origin } from './document-fields.ts'

const REPORT_TOPIC = /^\$aws\/things\/([^/]+)\/defender\/metrics\/(?:json|cbor)$/

/** What a document says of itself or of its payload; what is said further out comes first. */
export function originOf(document: Fields, outer: Origin): Origin {
  const { topic, thingName, thing, timestamp, ts } = document
  const match = typeof topic === 'string' ? REPORT_TOPIC.exec(topic) : null
  return {
    thing: outer.thing ?? match?.[1] ?? thingName ?? thing,
    time: outer.time ?? timestamp ?? ts,
  }
}

/**
 * The documents inside a payload: parsed already, or JSON or CBOR as text, bytes or base64. Null when
 * it is none of these.
 */
export function openPayload(payload: unknown): { document: unknown } | null {
  if (payload instanceof Uint8Array) return openBytes(payload)
  if (typeof payload !== 'string') return { document: payload }
  if (looksLikeJson(payload)) return openText(payload)
  return BASE64.test(payload) ? openBytes(Buffer.from(payload, 'base64')) : null
}

/** A log event's message: text that holds a JSON document, or that document itself. */
export function openMessage(message: unknown): { document: unknown } | null {
  if (typeof message !== 'string') return { document: message }
  return looksLikeJson(message) ? openText(message) : null
}

const BASE64 = /^[A-Za-z0-9+/_=\s-]+$/

function looksLikeJson(text: string): boolean {
  return /^\s*[{[]/.test(text)
}

function openText(text: string): { document: unknown } | null {
  try {
    return { document: JSON.parse(text) }
  } catch {
    return null
  }
}

function openBytes(bytes: Uint8Array): { document: unknown } | null {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
  if (looksLikeJson(text)) return openText(text)
  const item = firstCborItem(bytes)
  return item.kind === 'value' && item.rest.length === 0 ? { document: item.value } : null
}
