/** What a thing or a group is said to be: names and values of the user's own. */
export type Attributes = Readonly<Record<string, string>>

/** An update of attributes: replaces them all, or with `merge` those it names. */
export interface AttributeUpdate {
  attributes: Attributes
  merge: boolean
}

/** An empty value removes its attribute. Keys come out sorted, so that equal attributes are equal text. */
export function applyAttributes(before: Attributes, update: AttributeUpdate): Attributes {
  const all = { ...(update.merge ? before : {}), ...update.attributes }
  return Object.fromEntries(
    Object.entries(all)
      .filter(([, value]) => value !== '')
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}
