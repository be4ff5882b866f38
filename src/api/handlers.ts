import type { Handlers } from './context.ts'
import { CUSTOM_METRIC_HANDLERS } from './handlers/custom-metrics.ts'
import { DIMENSION_HANDLERS } from './handlers/dimensions.ts'
import { ENDPOINT_HANDLERS } from './handlers/endpoint.ts'
import { GROUP_MEMBER_HANDLERS } from './handlers/group-members.ts'
import { METRIC_VALUE_HANDLERS } from './handlers/metric-values.ts'
import { MITIGATION_ACTION_HANDLERS } from './handlers/mitigation-actions.ts'
import { MITIGATION_TASK_HANDLERS } from './handlers/mitigation-tasks.ts'
import { MODEL_HANDLERS } from './handlers/models.ts'
import { POLICY_HANDLERS } from './handlers/policies.ts'
import { TAG_HANDLERS } from './handlers/tags.ts'
import { THING_GROUP_HANDLERS } from './handlers/thing-groups.ts'
import { THING_HANDLERS } from './handlers/things.ts'
import { VIOLATION_HANDLERS } from './handlers/violations.ts'
import { PROFILE_TARGET_HANDLERS } from './handlers/profile-targets.ts'
import { SECURITY_PROFILE_HANDLERS } from './handlers/security-profiles.ts'

/** One function per operation; those of one family stand in one file. */
export const HANDLERS: Handlers = {
  ...SECURITY_PROFILE_HANDLERS,
  ...PROFILE_TARGET_HANDLERS,
  ...MODEL_HANDLERS,
  ...VIOLATION_HANDLERS,
  ...METRIC_VALUE_HANDLERS,
  ...MITIGATION_ACTION_HANDLERS,
  ...MITIGATION_TASK_HANDLERS,
  ...CUSTOM_METRIC_HANDLERS,
  ...DIMENSION_HANDLERS,
  ...THING_HANDLERS,
  ...THING_GROUP_HANDLERS,
  ...GROUP_MEMBER_HANDLERS,
  ...TAG_HANDLERS,
  ...POLICY_HANDLERS,
  ...ENDPOINT_HANDLERS,
}
