import type { Handlers } from './context.ts'
import { CUSTOM_METRIC_HANDLERS } from './handlers/custom-metrics.ts'
import { DIMENSION_HANDLERS } from './handlers/dimensions.ts'

/** One function per operation; those of one family stand in one file. */
export const HANDLERS: Partial<Handlers> = {
  ...CUSTOM_METRIC_HANDLERS,
  ...DIMENSION_HANDLERS,
}
