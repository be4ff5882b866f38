import type { Behavior, Criteria, NumericOperator, SecurityProfile } from './behavior.ts'
import type { ListItems } from './list-value.ts'
import { MINUTE_MS } from './time.ts'

const IN_WORDS: Readonly<Record<NumericOperator, string>> = {
  'less-than': 'less than',
  'less-than-equals': 'at most',
  'greater-than': 'more than',
  'greater-than-equals': 'at least',
}

/** What a security profile says, for people: a headline, then one line per behavior. */
export function describeProfile(profile: SecurityProfile): string {
  const count = profile.behaviors.length
  const headline = `security profile ${profile.name}: ${count} behavior${count === 1 ? '' : 's'}`
  const lines = profile.behaviors.map((behavior) => `  ${describeBehavior(behavior)}`)
  if (profile.metricsToRetain.length > 0) {
    lines.push(`  also retained: ${profile.metricsToRetain.join(', ')}`)
  }
  return [headline, ...lines].join('\n')
}

function describeBehavior(behavior: Behavior): string {
  const { criteria, datapointsToAlarm, datapointsToClear } = behavior
  const subject = behavior.metric === '' ? 'no metric' : behavior.metric
  const runs = `alarm after ${datapoints(datapointsToAlarm)}, clears after ${datapointsToClear}`
  const quiet = behavior.suppressAlerts ? ', alerts suppressed' : ''
  return `behavior ${behavior.name} (${subject}): ${criteriaInWords()}${quiet}`

  function criteriaInWords(): string {
    if (criteria.kind === 'unevaluated') return `not evaluated, ${criteria.reason}`
    if (criteria.kind === 'ml') return `learned, ${criteria.confidenceLevel} confidence, ${runs}`
    if (criteria.kind === 'list') return `normal is ${listInWords(criteria)}, ${runs}`
    const { operator, durationMs } = criteria
    const threshold =
      criteria.kind === 'static' ? criteria.threshold : `${criteria.statistic} of all things`
    const span = durationMs === null ? '' : ` in ${durationMs / MINUTE_MS} min`
    return `normal is ${IN_WORDS[operator]} ${threshold}${span}, ${runs}`
  }
}

function datapoints(count: number): string {
  return count === 1 ? '1 datapoint' : `${count} datapoints`
}

const SHOWN_ITEMS = 5

/** `only 80, 443`, `none of 10.0.0.0/8 and 3 more`. */
export function listInWords({ operator, items }: Criteria & { kind: 'list' }): string {
  if (items.length === 0) return operator === 'in' ? 'an empty list' : 'any list'
  return `${operator === 'in' ? 'only' : 'none of'} ${itemsInWords(items)}`
}

export function itemsInWords(items: ListItems): string {
  const more = items.length - SHOWN_ITEMS
  const shown = items.slice(0, SHOWN_ITEMS).join(', ')
  return more > 0 ? `${shown} and ${more} more` : shown
}
