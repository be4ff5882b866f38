import { arnOf, parseArn } from '../../domain/arn.ts'
import { findCustomMetric } from '../../store/custom-metrics.ts'
import type { Database } from '../../store/database.ts'
import { findDimension } from '../../store/dimensions.ts'
import {
  deleteProfile,
  findProfile,
  insertProfile,
  listProfiles,
  type ProfileFilter,
  type StoredProfile,
  updateProfile,
} from '../../store/security-profiles.ts'
import { behaviorFaults, retainedFaults } from '../behaviors.ts'
import { putTags } from '../../store/tags.ts'
import type { Context, Handlers } from '../context.ts'
import { alreadyExists, checkVersion, invalidRequest, notFound } from '../errors.ts'
import type { Input } from '../operations.ts'
import { readTags } from './tags.ts'

type Family =
  | 'CreateSecurityProfile'
  | 'DescribeSecurityProfile'
  | 'UpdateSecurityProfile'
  | 'DeleteSecurityProfile'
  | 'ListSecurityProfiles'
  | 'ValidateSecurityProfileBehaviors'

export const SECURITY_PROFILE_HANDLERS: Pick<Handlers, Family> = {
  CreateSecurityProfile(input, context) {
    const { securityProfileName: name, tags } = input
    const { database, now } = context
    const answer = { securityProfileName: name, securityProfileArn: arn(name, context) }
    if (findProfile(database, name) !== null) {
      const message = `Security profile ${name} already exists`
      throw alreadyExists(message, name, answer.securityProfileArn)
    }
    const profile = {
      ...EMPTY,
      ...given(input),
      name,
      version: 1,
      created: now,
      modified: now,
    }
    checkProfile(profile, database)
    insertProfile(database, profile)
    putTags(database, { kind: 'securityprofile', name }, readTags(tags))
    return answer
  },

  DescribeSecurityProfile({ securityProfileName }, context) {
    return described(storedProfile(securityProfileName, context), context)
  },

  UpdateSecurityProfile(input, context) {
    const { securityProfileName: name, expectedVersion } = input
    const stored = storedProfile(name, context)
    checkVersion(expectedVersion, stored.version, `security profile ${name}`)
    const profile = {
      ...stored,
      ...given(input),
      ...emptied(input),
      version: stored.version + 1,
      modified: context.now,
    }
    checkProfile(profile, context.database)
    updateProfile(context.database, profile)
    return described(profile, context)
  },

  DeleteSecurityProfile({ securityProfileName: name, expectedVersion }, { database }) {
    const stored = findProfile(database, name)
    if (stored === null) return
    checkVersion(expectedVersion, stored.version, `security profile ${name}`)
    deleteProfile(database, name)
  },

  ListSecurityProfiles(input, context) {
    const { database, page } = context
    const [after] = page.after('text') ?? ['']
    const names = listProfiles(database, filterOf(input, database), after, page.fetch)
    const { rows, next } = page.cut(names, (name) => [name])
    return {
      securityProfileIdentifiers: rows.map((name) => ({ name, arn: arn(name, context) })),
      nextToken: next,
    }
  },

  ValidateSecurityProfileBehaviors({ behaviors }, { database }) {
    const faults = behaviorFaults(behaviors, database)
    return {
      valid: faults.length === 0,
      validationErrors: faults.map((errorMessage) => ({ errorMessage })),
    }
  },
}

const EMPTY = {
  description: null,
  behaviors: [],
  alertTargets: {},
  metricsToRetain: [],
  metricsToRetainV2: [],
  exportConfig: null,
}

type Changeable = Omit<StoredProfile, 'name' | 'version' | 'created' | 'modified'>

/** The members that a request brings. */
function given(
  input: Input<'CreateSecurityProfile'> | Input<'UpdateSecurityProfile'>,
): Partial<Changeable> {
  const members = {
    description: input.securityProfileDescription,
    behaviors: input.behaviors,
    alertTargets: input.alertTargets,
    metricsToRetain: input.additionalMetricsToRetain,
    metricsToRetainV2: input.additionalMetricsToRetainV2,
    exportConfig: input.metricsExportConfig,
  }
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}

/** The members that a request empties; refuses a flag that stands beside its value. */
function emptied(input: Input<'UpdateSecurityProfile'>): Partial<Changeable> {
  const flags: [flag: string, set: boolean | undefined, values: unknown[], Partial<Changeable>][] =
    [
      ['deleteBehaviors', input.deleteBehaviors, [input.behaviors], { behaviors: [] }],
      ['deleteAlertTargets', input.deleteAlertTargets, [input.alertTargets], { alertTargets: {} }],
      [
        'deleteAdditionalMetricsToRetain',
        input.deleteAdditionalMetricsToRetain,
        [input.additionalMetricsToRetain, input.additionalMetricsToRetainV2],
        { metricsToRetain: [], metricsToRetainV2: [] },
      ],
      [
        'deleteMetricsExportConfig',
        input.deleteMetricsExportConfig,
        [input.metricsExportConfig],
        { exportConfig: null },
      ],
    ]
  const empties: Partial<Changeable> = {}
  for (const [flag, set, values, empty] of flags) {
    if (set !== true) continue
    if (values.some((value) => value !== undefined)) {
      throw invalidRequest(`${flag} should not stand beside what it deletes`)
    }
    Object.assign(empties, empty)
  }
  return empties
}

function checkProfile(profile: StoredProfile, database: Database): void {
  const faults = [
    ...behaviorFaults(profile.behaviors, database),
    ...retainedFaults(profile.metricsToRetain, profile.metricsToRetainV2, database),
  ]
  const target = (profile.alertTargets as { SNS?: { alertTargetArn: string } }).SNS
  if (target !== undefined && parseArn(target.alertTargetArn) === null) {
    faults.push(`alertTargetArn ${JSON.stringify(target.alertTargetArn)} should be an ARN`)
  }
  if (faults.length > 0) throw invalidRequest(faults.slice(0, 10).join('; '))
}

export function storedProfile(name: string, { database }: Context): StoredProfile {
  const profile = findProfile(database, name)
  if (profile === null) throw notFound(`Security profile ${name} does not exist`)
  return profile
}

function filterOf(
  { metricName, dimensionName }: Input<'ListSecurityProfiles'>,
  database: Database,
): ProfileFilter {
  if (metricName !== undefined && dimensionName !== undefined) {
    throw invalidRequest('metricName and dimensionName should not be given together')
  }
  if (metricName !== undefined) {
    if (findCustomMetric(database, metricName) !== null) return { by: 'metric', name: metricName }
    throw notFound(`Custom metric ${metricName} does not exist`)
  }
  if (dimensionName === undefined) return { by: 'nothing' }
  if (findDimension(database, dimensionName) !== null) {
    return { by: 'dimension', name: dimensionName }
  }
  throw notFound(`Dimension ${dimensionName} does not exist`)
}

function described(profile: StoredProfile, context: Context) {
  const { alertTargets, metricsToRetain, metricsToRetainV2 } = profile
  return {
    securityProfileName: profile.name,
    securityProfileArn: arn(profile.name, context),
    securityProfileDescription: profile.description,
    behaviors: profile.behaviors,
    alertTargets: Object.keys(alertTargets).length === 0 ? null : alertTargets,
    additionalMetricsToRetain: metricsToRetain.length === 0 ? null : metricsToRetain,
    additionalMetricsToRetainV2: metricsToRetainV2.length === 0 ? null : metricsToRetainV2,
    version: profile.version,
    creationDate: profile.created,
    lastModifiedDate: profile.modified,
    metricsExportConfig: profile.exportConfig,
  }
}

function arn(name: string, { identity }: Context): string {
  return arnOf(identity, { kind: 'securityprofile', name })
}
