import type { Handlers } from './context.ts'
import { CUSTOM_METRIC_HANDLERS } from './handlers/custom-metrics.ts'
import { DIMENSION_HANDLERS } from './handlers/dimensions.ts'
import { ENDPOINT_HANDLERS } from './handlers/endpoint.ts'
import { GROUP_MEMBER_HANDLERS } from './handlers/group-members.ts'
import { POLICY_HANDLERS } from './handlers/policies.ts'
import { TAG_HANDLERS } from './handlers/tags.ts'
import { THING_GROUP_HANDLERS } from './handlers/thing-groups.ts'
import { THING_HANDLERS } from './handlers/things.ts'

/** One function per operation; those of one family stand in one file. */
export const HANDLERS: Partial<Handlers> = {
  ...CUSTOM_METRIC_HANDLERS,
  ...DIMENSION_HANDLERS,
  ...THING_HANDLERS,
  ...THING_GROUP_HANDLERS,
  ...GROUP_MEMBER_HANDLERS,
  ...TAG_HANDLERS,
  ...POLICY_HANDLERS,
  ...ENDPOINT_HANDLERS,
}
