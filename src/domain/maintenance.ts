import { readJsonDocuments } from './json-documents.ts'
import {
  isObject,
  type JsonObject,
  type Problem,
  Problems,
  show,
  warnOfUnknownMembers,
} from './problem.ts'
import { type EpochMs, epochMs, MAX_TIME, MIN_TIME, parseTime } from './time.ts'

/** Datapoints that are judged but not learned: of windows that start in [from, to). */
export interface Period {
  from: EpochMs
  to: EpochMs
  /** Null: of all things. */
  things: ReadonlySet<string> | null
}

const MEMBERS = ['from', 'to', 'things']

/**
 * Reads a maintenance file: `{"periods": [{"from": T, "to": T, "things": ["a", ...]}]}`. Without `things` a
 * period is everybody's; without `from` or `to` it has no such end.
 */
export function parseMaintenance(
  text: string,
  place: string,
): { periods: Period[]; problems: Problem[] } {
  const problems = new Problems(place)
  const { documents, error } = readJsonDocuments(text)
  const [source] = documents
  const list = isObject(source) ? source.periods : undefined
  if (error !== null || documents.length !== 1 || !isObject(source) || !Array.isArray(list)) {
    problems.error('', error?.message ?? 'should be one JSON object with a list "periods"')
    return { periods: [], problems: problems.list }
  }
  warnOfUnknownMembers(source, ['periods'], '', problems)
  const periods = list.flatMap((one: unknown, i) => readPeriod(one, `periods[${i}]`, problems))
  return { periods, problems: problems.list }
}

function readPeriod(one: unknown, path: string, problems: Problems): Period[] {
  if (!isObject(one)) {
    problems.error(path, `${show(one)} should be an object`)
    return []
  }
  warnOfUnknownMembers(one, MEMBERS, path, problems)
  const from = readMoment(one, 'from', path, MIN_TIME, problems)
  const to = readMoment(one, 'to', path, MAX_TIME, problems)
  if (to <= from) problems.error(path, 'ends before it begins')
  const { things } = one
  if (things === undefined) return [{ from, to, things: null }]
  if (Array.isArray(things) && things.every((name) => typeof name === 'string')) {
    return [{ from, to, things: new Set(things) }]
  }
  problems.error(`${path}.things`, `${show(things)} should be a list of names`)
  return []
}

function readMoment(
  period: JsonObject,
  member: 'from' | 'to',
  path: string,
  missing: EpochMs,
  problems: Problems,
): EpochMs {
  const given = period[member]
  if (given === undefined) return missing
  const time =
    typeof given === 'number'
      ? epochMs(given)
      : typeof given === 'string'
        ? parseTime(given)
        : Number.NaN
  if (!Number.isNaN(time)) return time
  problems.error(
    `${path}.${member}`,
    `${show(given)} is no moment: ISO 8601, or seconds or ms since 1970`,
  )
  return missing
}
