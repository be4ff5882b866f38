import type { SecurityProfile } from './behavior.ts'
import type { Definitions, Dimension } from './definitions.ts'
import { readJsonDocuments } from './json-documents.ts'
import { seriesParts } from './metric.ts'
import { readName } from './names.ts'
import { isObject, type Problem, Problems, show, warnOfUnknownMembers } from './problem.ts'
import { topicFilterFault } from './topic-filter.ts'

/** Members of `describe-dimension`'s answer and of `create-dimension`'s input. */
const MEMBERS = [
  'name',
  'arn',
  'type',
  'stringValues',
  'creationDate',
  'lastModifiedDate',
  'clientRequestToken',
  'tags',
]

/** API reference, DimensionStringValues. */
const MAX_FILTERS = 100

/**
 * Reads dimensions as `aws iot describe-dimension` prints them: one object, a list of them, or several
 * objects one after the other. Those with an error are left out.
 */
export function parseDimensions(
  text: string,
  place: string,
): { dimensions: Map<string, Dimension>; problems: Problem[] } {
  const { documents, error } = readJsonDocuments(text)
  const problems = new Problems(place)
  if (error !== null) {
    problems.error('', `not JSON at line ${error.line}, column ${error.column}: ${error.message}`)
  }
  const sources = documents.flat(1)
  if (sources.length === 0 && error === null) problems.error('', 'no dimension in it')
  const dimensions = new Map<string, Dimension>()
  for (const [i, source] of sources.entries()) {
    const dimension = readDimension(source, sources.length === 1 ? '' : `[${i}]`, problems)
    if (dimension === null) continue
    if (dimensions.has(dimension.name)) {
      problems.error(`[${i}].name`, `the name ${show(dimension.name)} is taken already`)
    } else dimensions.set(dimension.name, dimension)
  }
  return { dimensions, problems: problems.list }
}

function readDimension(source: unknown, path: string, problems: Problems): Dimension | null {
  const before = problems.errors
  if (!isObject(source)) {
    problems.error(path, `${show(source)} should be a dimension, an object`)
    return null
  }
  warnOfUnknownMembers(source, MEMBERS, path, problems)
  const name = readName(source, 'name', path, problems)
  const at = (member: string): string => (path === '' ? member : `${path}.${member}`)
  if (source.type !== undefined && source.type !== 'TOPIC_FILTER') {
    problems.error(at('type'), `type ${show(source.type)} should be "TOPIC_FILTER"`)
  }
  const { stringValues } = source
  if (!Array.isArray(stringValues) || stringValues.length === 0) {
    problems.error(
      at('stringValues'),
      `stringValues ${show(stringValues)} should list topic filters`,
    )
    return null
  }
  if (stringValues.length > MAX_FILTERS) {
    const count = `${stringValues.length} topic filters`
    problems.error(at('stringValues'), `${count}, there should be at most ${MAX_FILTERS}`)
  }
  for (const [i, filter] of (stringValues as unknown[]).entries()) {
    const fault = typeof filter === 'string' ? topicFilterFault(filter) : 'should be a topic filter'
    if (fault !== null) problems.error(at(`stringValues[${i}]`), `${show(filter)} ${fault}`)
  }
  return problems.errors > before ? null : { name, topicFilters: stringValues as string[] }
}

/** Warns of dimensions that profiles use and nobody has defined. */
export function checkDimensions(
  profiles: readonly SecurityProfile[],
  { dimensions }: Definitions,
): Problem[] {
  return profiles.flatMap((profile) => {
    const problems = new Problems(profile.name)
    const series = profile.behaviors.map(({ metric }, i) => [metric, `behaviors[${i}]`] as const)
    const retained = profile.metricsToRetain.map(
      (name) => [name, 'additionalMetricsToRetainV2'] as const,
    )
    for (const [metric, path] of [...series, ...retained]) {
      const { dimension } = seriesParts(metric)
      if (dimension === null || dimensions.has(dimension.name)) continue
      problems.warn(
        `${path}.metricDimension`,
        `dimension ${show(dimension.name)} is not defined: without --dimensions nothing is told from broker logs, only datapoints that name it count`,
      )
    }
    return problems.list
  })
}
