import { arnOf } from '../../domain/arn.ts'
import {
  countCustomMetrics,
  type CustomMetric,
  deleteCustomMetric,
  findCustomMetric,
  insertCustomMetric,
  listCustomMetrics,
  updateCustomMetric,
} from '../../store/custom-metrics.ts'
import { listProfiles } from '../../store/security-profiles.ts'
import { putTags } from '../../store/tags.ts'
import type { Context, Handlers } from '../context.ts'
import { alreadyExists, invalidRequest, limitExceeded, notFound } from '../errors.ts'
import { readTags } from './tags.ts'

type Family =
  | 'CreateCustomMetric'
  | 'DescribeCustomMetric'
  | 'UpdateCustomMetric'
  | 'DeleteCustomMetric'
  | 'ListCustomMetrics'

/** Quota of Detect. */
const MAX_CUSTOM_METRICS = 100

export const CUSTOM_METRIC_HANDLERS: Pick<Handlers, Family> = {
  CreateCustomMetric(input, context) {
    const { metricName, metricType, displayName, clientRequestToken, tags } = input
    const { database, now } = context
    if (metricName.startsWith('aws:')) {
      throw invalidRequest(`Custom metric ${metricName} should not begin with aws:`)
    }
    const metric: CustomMetric = {
      name: metricName,
      type: metricType,
      displayName: displayName ?? null,
      token: clientRequestToken ?? null,
      created: now,
      modified: now,
    }
    const answer = { metricName, metricArn: arn(metricName, context) }
    const stored = findCustomMetric(database, metricName)
    if (stored !== null) {
      if (isSameRequest(stored, metric)) return answer
      const message = `Custom metric ${metricName} already exists`
      throw alreadyExists(message, metricName, answer.metricArn)
    }
    if (countCustomMetrics(database) >= MAX_CUSTOM_METRICS) {
      throw limitExceeded(`There are ${MAX_CUSTOM_METRICS} custom metrics, the most there may be`)
    }
    insertCustomMetric(database, metric)
    putTags(database, { kind: 'custommetric', name: metricName }, readTags(tags))
    return answer
  },

  DescribeCustomMetric({ metricName }, context) {
    return described(stored(metricName, context), context)
  },

  UpdateCustomMetric({ metricName, displayName }, context) {
    const metric = { ...stored(metricName, context), displayName, modified: context.now }
    updateCustomMetric(context.database, metric)
    return described(metric, context)
  },

  DeleteCustomMetric({ metricName }, { database }) {
    const [user] = listProfiles(database, { by: 'metric', name: metricName }, '', 1)
    if (user !== undefined) {
      throw invalidRequest(`Custom metric ${metricName} is used by security profile ${user}`)
    }
    deleteCustomMetric(database, metricName)
  },

  ListCustomMetrics(_input, { database, page }) {
    const [after] = page.after('text') ?? ['']
    const names = listCustomMetrics(database, after, page.fetch)
    const { rows, next } = page.cut(names, (name) => [name])
    return { metricNames: rows, nextToken: next }
  },
}

function stored(name: string, { database }: Context): CustomMetric {
  const metric = findCustomMetric(database, name)
  if (metric === null) throw notFound(`Custom metric ${name} does not exist`)
  return metric
}

/** A client that heard no answer asks again with the same token. */
function isSameRequest(stored: CustomMetric, asked: CustomMetric): boolean {
  return (
    asked.token !== null &&
    stored.token === asked.token &&
    stored.type === asked.type &&
    stored.displayName === asked.displayName
  )
}

function described(metric: CustomMetric, context: Context) {
  return {
    metricName: metric.name,
    metricArn: arn(metric.name, context),
    metricType: metric.type,
    displayName: metric.displayName,
    creationDate: metric.created,
    lastModifiedDate: metric.modified,
  }
}

function arn(name: string, { identity }: Context): string {
  return arnOf(identity, { kind: 'custommetric', name })
}
