import { arnOf, type Resource, resourceHere } from '../../domain/arn.ts'
import {
  attachProfile,
  countProfilesOf,
  detachProfile,
  isProfileAttached,
  listProfilesBelow,
  listProfilesOf,
  listTargets,
} from '../../store/profile-targets.ts'
import { profileExists } from '../../store/security-profiles.ts'
import { findGroup } from '../../store/thing-groups.ts'
import type { Context, Handlers } from '../context.ts'
import { invalidRequest, limitExceeded, notFound } from '../errors.ts'

type Family =
  | 'AttachSecurityProfile'
  | 'DetachSecurityProfile'
  | 'ListTargetsForSecurityProfile'
  | 'ListSecurityProfilesForTarget'

/** Quota of Detect. */
const MAX_PROFILES_PER_TARGET = 5

export const PROFILE_TARGET_HANDLERS: Pick<Handlers, Family> = {
  AttachSecurityProfile({ securityProfileName, securityProfileTargetArn }, context) {
    const { database, now } = context
    checkProfile(securityProfileName, context)
    const mapping = {
      profile: securityProfileName,
      target: existingTarget(securityProfileTargetArn, context),
    }
    if (isProfileAttached(database, mapping)) return
    if (countProfilesOf(database, mapping.target) >= MAX_PROFILES_PER_TARGET) {
      throw limitExceeded(
        `${MAX_PROFILES_PER_TARGET} security profiles are attached to ${securityProfileTargetArn}, the most there may be`,
      )
    }
    attachProfile(database, mapping, now)
  },

  DetachSecurityProfile({ securityProfileName, securityProfileTargetArn }, context) {
    checkProfile(securityProfileName, context)
    const target = keyOf(readTarget(securityProfileTargetArn, context))
    detachProfile(context.database, { profile: securityProfileName, target })
  },

  ListTargetsForSecurityProfile({ securityProfileName }, context) {
    const { database, page } = context
    checkProfile(securityProfileName, context)
    const [after] = page.after('text') ?? ['']
    const targets = listTargets(database, securityProfileName, after, page.fetch)
    const { rows, next } = page.cut(targets, (target) => [target])
    return {
      securityProfileTargets: rows.map((target) => ({ arn: arnOfTarget(target, context) })),
      nextToken: next,
    }
  },

  ListSecurityProfilesForTarget({ securityProfileTargetArn, recursive }, context) {
    const { database, page, identity } = context
    const key = existingTarget(securityProfileTargetArn, context)
    const [kind, name] = key.split('/') as [string, string]
    const [target, profile] = page.after('text', 'text') ?? ['', '']
    const after = { target, profile }
    const mappings =
      recursive === true && kind === 'thinggroup'
        ? listProfilesBelow(database, name, after, page.fetch)
        : listProfilesOf(database, key, after, page.fetch)
    const { rows, next } = page.cut(mappings, (row) => [row.target, row.profile])
    return {
      securityProfileTargetMappings: rows.map((row) => ({
        securityProfileIdentifier: {
          name: row.profile,
          arn: arnOf(identity, { kind: 'securityprofile', name: row.profile }),
        },
        target: { arn: arnOfTarget(row.target, context) },
      })),
      nextToken: next,
    }
  },
}

function checkProfile(name: string, { database }: Context): void {
  if (!profileExists(database, name)) throw notFound(`Security profile ${name} does not exist`)
}

/** A thing group, or one of `all/things`, `all/registered-things` and `all/unregistered-things`. */
function readTarget(arn: string, { identity }: Context): Resource {
  const resource = resourceHere(arn, identity)
  if (resource?.kind === 'thinggroup' || resource?.kind === 'all') return resource
  const example = arnOf(identity, { kind: 'thinggroup', name: 'NAME' })
  throw invalidRequest(
    `securityProfileTargetArn ${JSON.stringify(arn)} should be a thing group such as ${example}, or end in :all/things, :all/registered-things or :all/unregistered-things`,
  )
}

function existingTarget(arn: string, context: Context): string {
  const target = readTarget(arn, context)
  if (target.kind === 'thinggroup' && findGroup(context.database, target.name) === null) {
    throw notFound(`Thing group ${target.name} does not exist`)
  }
  return keyOf(target)
}

/** What a target is kept under. */
function keyOf({ kind, name }: Resource): string {
  return `${kind}/${name}`
}

function arnOfTarget(target: string, { identity }: Context): string {
  const [kind, name] = target.split('/') as [Resource['kind'], string]
  return arnOf(identity, { kind, name })
}
