import { createHash } from 'node:crypto'
import { invalidRequest } from './errors.ts'

/** Where a page ended: the sort key of its last row. */
export type PageKey = readonly (string | number)[]

type KeyOf<Kinds extends readonly ('text' | 'number')[]> = {
  readonly [I in keyof Kinds]: Kinds[I] extends 'text' ? string : number
}

/** One page of a list that is read by key, so that what is added meanwhile shifts nothing. */
export interface Page {
  /** The key behind which the page starts, made of parts of these kinds; null at the beginning. */
  after<const Kinds extends readonly ('text' | 'number')[]>(...kinds: Kinds): KeyOf<Kinds> | null
  /** How many rows to fetch: one more than fit, which tells whether there is a next page. */
  fetch: number
  /**
   * The rows that fit, and the token of the page behind them (null on the last). `resume`: a key behind
   * which there may be more although these are all that were found.
   */
  cut<Row>(
    rows: readonly Row[],
    keyOf: (row: Row) => PageKey,
    resume?: PageKey | null,
  ): { rows: Row[]; next: string | null }
}

/** The page a request asks for. Its token is good for the same operation and filters only. */
export function pageOf(
  operation: string,
  filters: Readonly<Record<string, unknown>>,
  size: number,
  token: string | undefined,
): Page {
  const mark = markOf(operation, filters)
  const key = token === undefined || token === '' ? null : readToken(token, mark)
  return {
    after<const Kinds extends readonly ('text' | 'number')[]>(...kinds: Kinds) {
      if (key !== null && !isKeyOf(kinds, key)) throw unknownToken()
      return key as KeyOf<Kinds> | null
    },
    fetch: size + 1,
    cut(rows, keyOf, resume = null) {
      const fit = rows.slice(0, size)
      const last = fit.at(-1)
      const end = rows.length > size && last !== undefined ? keyOf(last) : resume
      return { rows: fit, next: end === null ? null : writeToken(mark, end) }
    },
  }
}

function markOf(operation: string, filters: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(filters).sort((a, b) => (a < b ? -1 : 1))
  return digestOf([operation, names.map((name) => [name, filters[name]])])
}

function digestOf(value: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 12)
}

/** The second digest is there for tokens that were altered on their way; it keeps nobody from making one. */
function writeToken(mark: string, key: PageKey): string {
  return Buffer.from(JSON.stringify([mark, digestOf([mark, key]), ...key])).toString('base64')
}

function readToken(token: string, mark: string): PageKey {
  let parsed: unknown
  try {
    parsed = JSON.parse(Buffer.from(token, 'base64').toString())
  } catch {
    parsed = null
  }
  if (!Array.isArray(parsed)) throw unknownToken()
  if (parsed[0] !== mark) {
    throw invalidRequest('The token belongs to another list: repeat the request it came from')
  }
  const key = parsed.slice(2) as PageKey
  if (writeToken(mark, key) !== token) throw unknownToken()
  return key
}

function isKeyOf(kinds: readonly ('text' | 'number')[], key: readonly unknown[]): boolean {
  if (key.length !== kinds.length) return false
  return key.every((part, i) =>
    kinds[i] === 'text'
      ? typeof part === 'string' && !part.includes('\0')
      : Number.isSafeInteger(part),
  )
}

function unknownToken(): Error {
  return invalidRequest('The token is not one that this service gave out')
}
