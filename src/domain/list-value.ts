import { parseAddressBlock } from './address-block.ts'

/** The metrics that are lists of things, not numbers, by the member of a MetricValue that holds them. */
export const LIST_KINDS = ['cidrs', 'ports', 'numbers', 'strings'] as const
export type ListKind = (typeof LIST_KINDS)[number]

export type ListItem = string | number
export type ListItems = readonly ListItem[]

/** A longer list (as text) is refused: no device has that many ports or peers. */
export const MAX_LIST_BYTES: number = 256 * 1024

export function isListKind(kind: string): kind is ListKind {
  return (LIST_KINDS as readonly string[]).includes(kind)
}

/** What a list of this kind may hold, in words. */
export const WANTED_ITEM: Readonly<Record<ListKind, string>> = {
  cidrs: 'an address block such as "10.0.0.0/8"',
  ports: 'a port from 0 to 65535',
  numbers: 'a finite number',
  strings: 'a string',
}

export function isListItem(kind: ListKind, item: unknown): item is ListItem {
  if (kind === 'cidrs') return typeof item === 'string' && parseAddressBlock(item) !== null
  if (kind === 'strings') return typeof item === 'string'
  if (typeof item !== 'number' || !Number.isFinite(item)) return false
  return kind === 'numbers' || (Number.isInteger(item) && item >= 0 && item <= 65_535)
}

/**
 * The one text of a list, whatever the order and repetitions it was reported in: its items as a JSON
 * array, ascending, each once.
 */
export function listText(items: ListItems): string {
  const ordered = [...new Set(items.map((item) => (item === 0 ? 0 : item)))].sort(compareItems)
  return JSON.stringify(ordered)
}

/** The one text of a list that is written as JSON; null when it is no list of the kind, or too long. */
export function canonicalList(kind: ListKind, json: string): string | null {
  if (json.length > MAX_LIST_BYTES) return null
  try {
    const items: unknown = JSON.parse(json)
    const sound = Array.isArray(items) && items.every((item) => isListItem(kind, item))
    return sound ? listText(items) : null
  } catch {
    return null
  }
}

export function listItems(text: string): ListItems {
  return JSON.parse(text) as ListItems
}

function compareItems(a: ListItem, b: ListItem): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return a < b ? -1 : a > b ? 1 : 0
}
