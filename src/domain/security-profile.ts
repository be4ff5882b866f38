import type { SecurityProfile } from './behavior.ts'
import { readJsonDocuments } from './json-documents.ts'
import { hasControlCharacters, readName } from './names.ts'
import {
  isObject,
  type JsonObject,
  type Problem,
  Problems,
  show,
  warnOfUnknownMembers,
} from './problem.ts'
import { checkMetricName, readBehaviors, readMetric } from './read-behavior.ts'
import { SECOND_MS } from './time.ts'

/** Members of `describe-security-profile`'s answer and of `create-security-profile`'s input. */
const MEMBERS = [
  'securityProfileName',
  'securityProfileArn',
  'securityProfileDescription',
  'behaviors',
  'alertTargets',
  'additionalMetricsToRetain',
  'additionalMetricsToRetainV2',
  'metricsExportConfig',
  'tags',
  'version',
  'creationDate',
  'lastModifiedDate',
]

/** API reference, SecurityProfileDescription. */
const MAX_DESCRIPTION = 1_000

/**
 * Reads security profiles as AWS writes them: one object, a list of them, or several objects one
 * after the other. Every problem is reported; a profile with an error is left out of `profiles`.
 */
export function parseSecurityProfiles(
  text: string,
  place: string,
): { profiles: SecurityProfile[]; problems: Problem[] } {
  const { documents, error } = readJsonDocuments(text)
  const outer = new Problems(place)
  if (error !== null) {
    outer.error('', `not JSON at line ${error.line}, column ${error.column}: ${error.message}`)
  }
  const sources = documents.flat(1)
  if (sources.length === 0 && error === null) {
    outer.error('', 'no security profile in it')
  }
  const profiles: SecurityProfile[] = []
  const problems: Problem[] = []
  const names = new Set<string>()
  for (const [i, source] of sources.entries()) {
    const inner = new Problems(sources.length === 1 ? place : `${place} (profile ${i + 1})`)
    const profile = readProfile(source, inner)
    if (profile !== null && profile.name !== '' && names.has(profile.name)) {
      inner.error('securityProfileName', `the name ${show(profile.name)} is taken already`)
    }
    if (profile !== null) names.add(profile.name)
    if (profile !== null && inner.errors === 0) profiles.push(profile)
    problems.push(...inner.list)
  }
  return { profiles, problems: [...problems, ...outer.list] }
}

function readProfile(source: unknown, problems: Problems): SecurityProfile | null {
  if (!isObject(source)) {
    problems.error('', `${show(source)} should be a security profile, an object`)
    return null
  }
  if (source.securityProfileName === undefined && source.criteria !== undefined) {
    problems.error(
      '',
      'this is a behavior, it should stand in {"securityProfileName": ..., "behaviors": [...]}',
    )
    return null
  }
  warnOfUnknownMembers(source, MEMBERS, '', problems)
  const name = readName(source, 'securityProfileName', '', problems)
  const description = readDescription(source, problems)
  for (const member of ['alertTargets', 'metricsExportConfig']) {
    if (source[member] === undefined || isObject(source[member])) continue
    problems.error(member, `${member} ${show(source[member])} should be an object`)
  }
  const behaviors = readBehaviors(source.behaviors, 'behaviors', problems)
  return { name, description, behaviors, metricsToRetain: readRetained(source, problems), source }
}

function readDescription(source: JsonObject, problems: Problems): string {
  const member = 'securityProfileDescription'
  const description = source[member]
  if (description === undefined) return ''
  if (typeof description !== 'string') {
    problems.error(member, `${member} ${show(description)} should be a string`)
    return ''
  }
  if (description.length > MAX_DESCRIPTION) {
    problems.error(
      member,
      `${member} has ${description.length} characters, it should have at most ${MAX_DESCRIPTION}`,
    )
  }
  if (hasControlCharacters(description)) {
    problems.error(member, `${member} ${show(description)} should hold no control characters`)
  }
  return description
}

/** Names of the series that `additionalMetricsToRetain` and its V2 ask for. */
export function readRetained(source: JsonObject, problems: Problems): string[] {
  const names: string[] = []
  for (const member of ['additionalMetricsToRetain', 'additionalMetricsToRetainV2'] as const) {
    const list = source[member]
    if (list === undefined) continue
    if (!Array.isArray(list)) {
      problems.error(member, `${member} ${show(list)} should be a list`)
      continue
    }
    for (const [i, item] of list.entries()) {
      const path = `${member}[${i}]`
      if (member === 'additionalMetricsToRetain') {
        if (checkMetricName(item, path, problems)) names.push(item)
      } else if (isObject(item) && item.metric !== undefined) {
        warnOfUnknownMembers(item, ['metric', 'metricDimension', 'exportMetric'], path, problems)
        names.push(readMetric(item, 'rules', path, problems).metric)
      } else {
        problems.error(path, `${show(item)} should be {"metric": ...}`)
      }
    }
  }
  return [...new Set(names)].filter((name) => name !== '')
}

/** Rules that sum over time need whole windows: reports durations that `windowMs` does not divide. */
export function checkDurations(profile: SecurityProfile, windowMs: number): Problem[] {
  const problems = new Problems(profile.name)
  for (const [i, { criteria }] of profile.behaviors.entries()) {
    if (criteria.kind !== 'static' && criteria.kind !== 'percentile') continue
    if (criteria.durationMs === null) continue
    if (criteria.durationMs % windowMs === 0) continue
    const seconds = criteria.durationMs / SECOND_MS
    problems.error(
      `behaviors[${i}].criteria.durationSeconds`,
      `durationSeconds ${seconds} should be a multiple of the window of ${windowMs / SECOND_MS} s`,
    )
  }
  return problems.list
}
