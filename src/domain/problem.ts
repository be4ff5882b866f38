export type Severity = 'error' | 'warning'

/** Something wrong, or suspicious, in a file the user wrote. All of them are reported, not the first. */
export interface Problem {
  severity: Severity
  /** The file, and which profile in it when there are several. */
  place: string
  /** Where in the document: `behaviors[2].criteria.durationSeconds`; empty for the whole of it. */
  path: string
  /** In plain words: the offending value and what would be right. */
  message: string
}

/** Collects the problems of one document. */
export class Problems {
  readonly list: Problem[] = []
  readonly place: string

  constructor(place: string) {
    this.place = place
  }

  error(path: string, message: string): void {
    this.list.push({ severity: 'error', place: this.place, path, message })
  }

  warn(path: string, message: string): void {
    this.list.push({ severity: 'warning', place: this.place, path, message })
  }

  /** How many of them are errors. */
  get errors(): number {
    return this.list.filter((problem) => problem.severity === 'error').length
  }
}

export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some((problem) => problem.severity === 'error')
}

/** `profiles.json: behaviors[0].criteria: error: ...`, one line for people. */
export function formatProblem({ severity, place, path, message }: Problem): string {
  return [place, ...(path === '' ? [] : [path]), severity, message].join(': ')
}

/** An offending value as it stood in the document, cut to a readable length. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`
}

export type JsonObject = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function memberPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

/** Warns of members that nobody reads, most of them slips of the pen. */
export function warnOfUnknownMembers(
  object: JsonObject,
  known: readonly string[],
  path: string,
  problems: Problems,
): void {
  for (const name of Object.keys(object)) {
    if (known.includes(name)) continue
    const hint = didYouMean(name, known)
    problems.warn(memberPath(path, name), `unknown member ${show(name)} is ignored${hint}`)
  }
}

/** `; did you mean "x"?` for a known word at most two slips (or a change of case) away, else nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  const lower = word.toLowerCase().slice(0, 200)
  for (const slips of [0, 1, 2]) {
    const near = known.find((candidate) => distance(lower, candidate.toLowerCase()) === slips)
    if (near !== undefined && slips < near.length / 3) return `; did you mean ${show(near)}?`
  }
  return ''
}

/** Levenshtein distance: insertions, deletions and substitutions between two words. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substituted = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substituted, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}
