import type { SecurityProfile } from '../domain/behavior.ts'
import type { CustomMetricType, Definitions } from '../domain/definitions.ts'
import { parseSecurityProfiles } from '../domain/security-profile.ts'
import { type Attachment, type Targets, targetsOf } from '../domain/targets.ts'
import type { EvaluatedRows } from '../store/evaluated.ts'

/** What is evaluated and for whom, as plain data: it lies in the ingest log and in checkpoints. */
export type Configuration = EvaluatedRows

export const NO_CONFIGURATION: Configuration = {
  profiles: [],
  targets: {},
  groups: {},
  registered: [],
  customMetrics: {},
  dimensions: {},
}

/** The same as the pipeline takes it; what cannot be read is told and left out. */
export function readConfiguration(
  configuration: Configuration,
  tell: (message: string) => void,
): { profiles: SecurityProfile[]; targets: Targets; definitions: Definitions } {
  const profiles = configuration.profiles.flatMap(({ name, source }) => {
    const read = parseSecurityProfiles(JSON.stringify(source), name)
    for (const { severity, path, message } of read.problems) {
      if (severity === 'error')
        tell(`security profile ${name} is not evaluated: ${path} ${message}`)
    }
    return read.profiles
  })
  return {
    profiles,
    targets: targetsIn(configuration),
    definitions: definitionsIn(configuration),
  }
}

function definitionsIn({ customMetrics, dimensions }: Configuration): Definitions {
  return {
    customMetrics: new Map(Object.entries(customMetrics) as [string, CustomMetricType][]),
    dimensions: new Map(
      Object.entries(dimensions).map(([name, topicFilters]) => [name, { name, topicFilters }]),
    ),
  }
}

/** Whether a profile watches nobody: attached to nothing, or to groups without things. */
export function isPaused({ targets, groups }: Configuration, profile: string): boolean {
  // A profile may be called `constructor`.
  const own = Object.hasOwn(targets, profile) ? targets[profile]! : []
  return own.every((target) => groups[target]?.length === 0)
}

/** Profiles of which the second is another one than the first, though it has its name. */
export function replacedProfiles(before: Configuration, after: Configuration): Set<string> {
  const created = new Map(before.profiles.map((profile) => [profile.name, profile.created]))
  return new Set(
    after.profiles
      .filter((profile) => (created.get(profile.name) ?? profile.created) !== profile.created)
      .map(({ name }) => name),
  )
}

function targetsIn({ targets, groups, registered }: Configuration): Targets {
  const members = new Map(Object.entries(groups).map(([name, things]) => [name, new Set(things)]))
  const attachments = new Map<string, Attachment>()
  for (const [profile, names] of Object.entries(targets)) {
    attachments.set(profile, {
      registered: names.some((name) => name === 'all/things' || name === 'all/registered-things'),
      unregistered: names.some(
        (name) => name === 'all/things' || name === 'all/unregistered-things',
      ),
      groups: names.flatMap((name) => {
        const things = members.get(name)
        return things === undefined ? [] : [things]
      }),
    })
  }
  return targetsOf(attachments, new Set(registered))
}
