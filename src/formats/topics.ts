import type { ChunkBuilder, DimensionedSeries } from '../columnar/chunk.ts'
import { TopicFilter } from '../domain/topic-filter.ts'

interface Narrowed extends DimensionedSeries {
  filters: readonly TopicFilter[]
}

const known = new WeakMap<ChunkBuilder, readonly Narrowed[]>()

/** The indexes of the dimensioned series of a metric that an event about a topic belongs to. */
export function seriesOnTopic(
  builder: ChunkBuilder,
  metric: string,
  topic: string,
  clientId: string,
): number[] {
  let series = known.get(builder)
  if (series === undefined) {
    series = builder.context.dimensioned.map((one) => ({
      ...one,
      filters: one.topicFilters.map((filter) => new TopicFilter(filter)),
    }))
    known.set(builder, series)
  }
  return series
    .filter(
      ({ of, filters, operator }) =>
        of === metric &&
        filters.some((filter) => filter.matches(topic, clientId)) === (operator === 'IN'),
    )
    .map((one) => one.metric)
}
