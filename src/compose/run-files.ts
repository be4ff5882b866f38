import { readFileSync } from 'node:fs'
import { type Definitions, NO_DEFINITIONS } from '../domain/definitions.ts'
import { checkDimensions, parseDimensions } from '../domain/dimension.ts'
import { DetectError } from '../domain/errors.ts'
import { parseMaintenance, type Period } from '../domain/maintenance.ts'
import { formatProblem, hasErrors, type Problem } from '../domain/problem.ts'
import { ALL_THINGS, parseTargets, type Targets } from '../domain/targets.ts'
import type { Reporter, RunOptions } from './options.ts'

export function readTargets(
  { thingsFile, profiles }: Pick<RunOptions, 'thingsFile' | 'profiles'>,
  reporter: Reporter,
): Targets {
  if (thingsFile === null) return ALL_THINGS
  const names = profiles.map((profile) => profile.name)
  const { targets, problems } = parseTargets(readFileSync(thingsFile, 'utf8'), thingsFile, names)
  return checked(targets, problems, reporter)
}

export function readDefinitions(
  { dimensionsFile, profiles }: Pick<RunOptions, 'dimensionsFile' | 'profiles'>,
  reporter: Reporter,
): Definitions {
  const text = dimensionsFile === null ? null : readFileSync(dimensionsFile, 'utf8')
  const read = text === null ? null : parseDimensions(text, dimensionsFile!)
  const definitions = { ...NO_DEFINITIONS, dimensions: read?.dimensions ?? new Map() }
  const problems = [...(read?.problems ?? []), ...checkDimensions(profiles, definitions)]
  return checked(definitions, problems, reporter)
}

export function readMaintenance(
  { maintenanceFile }: Pick<RunOptions, 'maintenanceFile'>,
  reporter: Reporter,
): Period[] {
  if (maintenanceFile === null) return []
  const text = readFileSync(maintenanceFile, 'utf8')
  const { periods, problems } = parseMaintenance(text, maintenanceFile)
  return checked(periods, problems, reporter)
}

/** What was read, if nothing is wrong with it; what is odd is said. */
export function checked<T>(read: T, problems: readonly Problem[], reporter: Reporter): T {
  if (hasErrors(problems)) {
    throw new DetectError('profile', problems.map((problem) => formatProblem(problem)).join('\n'))
  }
  for (const problem of problems) reporter.warn(formatProblem(problem))
  return read
}
