import { invalidRequest } from './errors.ts'

/** Names and values of a raw query string, percent-decoded; a `+` is a plus. */
export function queryPairs(query: string): [name: string, value: string][] {
  if (query === '') return []
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=')
      const [name, value] =
        equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)]
      return [decode(name), decode(value)]
    })
}

/** Each parameter by its name; twice the same is refused. */
export function readQuery(query: string): Record<string, string> {
  const pairs = queryPairs(query)
  const seen = new Set<string>()
  for (const [name] of pairs) {
    if (seen.has(name)) throw invalidRequest(`The query has ${JSON.stringify(name)} more than once`)
    seen.add(name)
  }
  return Object.fromEntries(pairs)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalidRequest(
      `The query holds ${JSON.stringify(text.slice(0, 100))}, which is not percent-encoded UTF-8`,
    )
  }
}
