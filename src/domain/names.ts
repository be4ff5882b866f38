import { memberPath, type JsonObject, type Problems, show } from './problem.ts'

/** What AWS lets a security profile, behavior, metric, dimension or thing group be called. */
const AWS_NAME = /^[a-zA-Z0-9:_-]+$/
const MAX_NAME = 128

const CONTROL = /\p{Cc}/u

/** What is wrong with a name, or null. */
export function nameFault(name: string): string | null {
  const fault = looseNameFault(name)
  if (fault !== null) return fault
  return AWS_NAME.test(name) ? null : 'should hold only letters, digits, ":", "_" and "-"'
}

/** As `nameFault`, but any printable character may stand in it. */
export function looseNameFault(name: string): string | null {
  if (name === '') return 'should not be empty'
  if (name.length > MAX_NAME) return `should have at most ${MAX_NAME} characters`
  return hasControlCharacters(name) ? 'should hold no control characters' : null
}

export function hasControlCharacters(text: string): boolean {
  return CONTROL.test(text)
}

/** A member that must be a proper name; empty when it is missing or not one. */
export function readName(
  object: JsonObject,
  member: string,
  path: string,
  problems: Problems,
): string {
  const at = memberPath(path, member)
  const name = object[member]
  if (name === undefined) problems.error(at, `${member} is missing, it should be a name`)
  else if (typeof name !== 'string')
    problems.error(at, `${member} ${show(name)} should be a string`)
  else {
    const fault = nameFault(name)
    if (fault === null) return name
    problems.error(at, `${member} ${show(name)} ${fault}`)
  }
  return ''
}

/** An optional true or false; false when it is missing. */
export function readFlag(
  object: JsonObject,
  member: string,
  path: string,
  problems: Problems,
): boolean {
  const value = object[member]
  if (value === undefined || typeof value === 'boolean') return value === true
  problems.error(memberPath(path, member), `${member} ${show(value)} should be true or false`)
  return false
}
