/** One value that its shape does not allow. */
export interface Fault {
  /** `behaviors.1.member.name`: items of lists count from 1. */
  path: string
  value: unknown
  /** `Member must not be null`. */
  constraint: string
}

const MAX_SHOWN = 10
const MAX_VALUE_LENGTH = 200

/** All that is wrong with a request, worded as the service's front end does. */
export function faultText(faults: readonly Fault[]): string {
  const shown = faults.slice(0, MAX_SHOWN).map(({ path, value, constraint }) => {
    const quoted = value === undefined || value === null ? 'null' : `'${inWords(value)}'`
    return `Value ${quoted} at '${path}' failed to satisfy constraint: ${constraint}`
  })
  const errors = faults.length === 1 ? 'error' : 'errors'
  return `${faults.length} validation ${errors} detected: ${shown.join('; ')}`
}

/** Never the whole of a list or an object: it may be as long and as deep as the client likes. */
function inWords(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object') return 'an object'
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length <= MAX_VALUE_LENGTH ? text : `${text.slice(0, MAX_VALUE_LENGTH)}...`
}
