import { applyAttributes, type Attributes } from '../../domain/attributes.ts'
import { invalidRequest } from '../errors.ts'

/** A thing or a group has at most so many (AWS IoT's quota for things that have a type). */
const MAX_ATTRIBUTES = 50

/** Attributes as an `attributePayload` leaves them; without one they stay as they are. */
export function updatedAttributes(
  before: Attributes,
  payload: { attributes?: Attributes; merge?: boolean } | undefined,
): Attributes {
  if (payload === undefined) return before
  const { attributes = {}, merge = false } = payload
  if (Object.hasOwn(attributes, '')) throw invalidRequest('An attribute has an empty name')
  const after = applyAttributes(before, { attributes, merge })
  const count = Object.keys(after).length
  if (count <= MAX_ATTRIBUTES) return after
  throw invalidRequest(`There would be ${count} attributes, at most ${MAX_ATTRIBUTES} are allowed`)
}
