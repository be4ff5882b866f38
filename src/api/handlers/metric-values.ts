import { BUILT_IN_METRICS, isCustom } from '../../domain/metric-rules.ts'
import { show } from '../../domain/problem.ts'
import { findCustomMetric } from '../../store/custom-metrics.ts'
import { findDimension } from '../../store/dimensions.ts'
import type { Context, Handlers } from '../context.ts'
import { invalidRequest, notFound } from '../errors.ts'
import { checkPeriod } from './violations.ts'

export const METRIC_VALUE_HANDLERS: Pick<Handlers, 'ListMetricValues'> = {
  async ListMetricValues(input, context) {
    const { engine, page } = context
    const { thingName, metricName, dimensionName, dimensionValueOperator } = input
    const { startTime, endTime } = input
    checkPeriod(startTime, endTime)
    checkMetric(metricName, context)
    if (dimensionName !== undefined && findDimension(context.database, dimensionName) === null) {
      throw notFound(`Dimension ${dimensionName} does not exist`)
    }
    if (dimensionName === undefined && dimensionValueOperator !== undefined) {
      throw invalidRequest('dimensionValueOperator should stand beside a dimensionName')
    }
    const [after] = page.after('number') ?? [startTime - 1]
    const values = await engine.metricValues({
      thing: thingName,
      metric: metricName,
      dimension:
        dimensionName === undefined
          ? null
          : { name: dimensionName, operator: dimensionValueOperator ?? 'IN' },
      from: after + 1,
      to: endTime,
    })
    const { rows, next } = page.cut(values, ({ timestamp }) => [timestamp])
    return { metricDatumList: rows, nextToken: next }
  },
}

function checkMetric(name: string, { database }: Context): void {
  if (isCustom(name)) {
    if (findCustomMetric(database, name) === null) {
      throw notFound(`Custom metric ${show(name)} does not exist`)
    }
  } else if (!BUILT_IN_METRICS.includes(name)) {
    const known = BUILT_IN_METRICS.join(', ')
    throw invalidRequest(`metricName ${show(name)} should be one of ${known}, or a custom metric`)
  }
}
