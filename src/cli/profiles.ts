import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { SecurityProfile } from '../domain/behavior.ts'
import { DetectError } from '../domain/errors.ts'
import { NO_DEFINITIONS } from '../domain/definitions.ts'
import { checkDimensions, parseDimensions } from '../domain/dimension.ts'
import { checkCustomMetrics } from '../domain/metric-table.ts'
import { hasErrors, type Problem, Problems, show } from '../domain/problem.ts'
import { checkDurations, parseSecurityProfiles } from '../domain/security-profile.ts'
import { parseTargets } from '../domain/targets.ts'
import { counted } from './figures.ts'
import type { Messages } from './messages.ts'

/** Hundreds of profiles as full as AWS allows; what is longer is something else, as recorded data. */
const MAX_BYTES: number = 8 * 1024 * 1024

export interface LoadedProfiles {
  /** Those without an error. */
  profiles: SecurityProfile[]
  problems: Problem[]
}

/** Reads the security profiles in files, and in the JSON files of directories. */
export function loadProfiles(
  paths: readonly string[],
  windowMs: number,
  thingsFile: string | null,
): LoadedProfiles {
  const profiles: SecurityProfile[] = []
  const problems: Problem[] = []
  const places = new Map<string, string>()
  for (const path of paths.flatMap(profileFiles)) {
    const read = parseSecurityProfiles(readText(path), path)
    for (const problem of read.problems) problems.push(problem)
    for (const profile of read.profiles) {
      const own = [...taken(profile.name, path, places), ...durations(profile, path, windowMs)]
      problems.push(...own)
      if (!hasErrors(own)) profiles.push(profile)
    }
  }
  problems.push(...checkCustomMetrics(profiles))
  if (thingsFile !== null) {
    const names = profiles.map(({ name }) => name)
    problems.push(...parseTargets(readText(thingsFile), thingsFile, names).problems)
  }
  return { profiles, problems }
}

/** The profiles of a run; all that is wrong or suspicious is said first. Throws when there are errors. */
export function profilesForRun(
  paths: readonly string[],
  windowMs: number,
  thingsFile: string | null,
  messages: Messages,
): SecurityProfile[] {
  const { profiles, problems } = loadProfiles(paths, windowMs, thingsFile)
  for (const problem of problems) {
    // The run itself reads the things file once more and says what is odd about it.
    if (problem.severity === 'error' || problem.place !== thingsFile) messages.problem(problem)
  }
  const errors = problems.filter(({ severity }) => severity === 'error').length
  if (errors > 0) {
    const what = thingsFile === null ? 'security profiles' : 'security profiles and things file'
    throw new DetectError('profile', `${counted(errors, 'error')} in the ${what}`)
  }
  return profiles
}

/** What is wrong with a file of dimensions, and which dimensions of the profiles are not in it. */
export function dimensionProblems(
  profiles: readonly SecurityProfile[],
  path: string | null,
): Problem[] {
  const read = path === null ? null : parseDimensions(readText(path), path)
  const definitions = { ...NO_DEFINITIONS, dimensions: read?.dimensions ?? new Map() }
  return [...(read?.problems ?? []), ...checkDimensions(profiles, definitions)]
}

function taken(name: string, path: string, places: Map<string, string>): Problem[] {
  const before = places.get(name)
  places.set(name, before ?? path)
  if (before === undefined || before === path) return []
  const problems = new Problems(path)
  problems.error('securityProfileName', `the name ${show(name)} is taken already in ${before}`)
  return problems.list
}

function durations(profile: SecurityProfile, path: string, windowMs: number): Problem[] {
  return checkDurations(profile, windowMs).map((problem) => ({
    ...problem,
    place: `${path} (${profile.name})`,
  }))
}

function profileFiles(path: string): string[] {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) throw new DetectError('profile', `${path}: no such file or directory`)
  if (!stat.isDirectory()) {
    if (stat.size <= MAX_BYTES) return [path]
    throw new DetectError('profile', `${path}: too large to be a file of security profiles`)
  }
  const files = readdirSync(path)
    .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
    .sort()
    .map((name) => join(path, name))
  if (files.length === 0) throw new DetectError('profile', `${path}: no .json files in it`)
  return files
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'no such file' : (error as Error).message
    throw new DetectError('profile', `${path}: ${why}`, { cause: error })
  }
}
