/** Where this fleet's resources are said to live: what stands in all their ARNs. */
export interface Identity {
  region: string
  /** 12 digits. */
  account: string
}

/** `arn:partition:service:region:account:resource`. */
export interface Arn {
  partition: string
  service: string
  region: string
  account: string
  /** May hold colons and slashes of its own. */
  resource: string
}

/** What fleet-detect gives ARNs to: `arn:aws:iot:<region>:<account>:<kind>/<name>`. */
export const RESOURCE_KINDS = [
  'thing',
  'thinggroup',
  'securityprofile',
  'custommetric',
  'dimension',
  'mitigationaction',
  'policy',
  'all',
] as const
export type ResourceKind = (typeof RESOURCE_KINDS)[number]

export interface Resource {
  kind: ResourceKind
  name: string
}

/** The three targets that are no group; they stand in ARNs like names of the kind `all`. */
export const ALL_TARGETS = ['things', 'registered-things', 'unregistered-things'] as const

const ARN = /^arn:([a-z0-9-]+):([a-z0-9-]+):([a-z0-9-]*):([0-9]*):(.+)$/s

/** Null when the text is no ARN. */
export function parseArn(text: string): Arn | null {
  const match = ARN.exec(text)
  if (match === null) return null
  const [, partition, service, region, account, resource] = match as unknown as string[]
  return {
    partition: partition!,
    service: service!,
    region: region!,
    account: account!,
    resource: resource!,
  }
}

export function formatArn({ partition, service, region, account, resource }: Arn): string {
  return `arn:${partition}:${service}:${region}:${account}:${resource}`
}

/** China and the US government's regions have partitions of their own. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn'
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
}

export function arnOf({ region, account }: Identity, { kind, name }: Resource): string {
  return formatArn({
    partition: partitionOf(region),
    service: 'iot',
    region,
    account,
    resource: `${kind}/${name}`,
  })
}

/** What an ARN of AWS IoT names, in whatever account and region; null for anything else. */
export function resourceOf(arn: Arn): Resource | null {
  const slash = arn.resource.indexOf('/')
  if (arn.service !== 'iot' || slash < 0) return null
  const kind = RESOURCE_KINDS.find((known) => known === arn.resource.slice(0, slash))
  const name = arn.resource.slice(slash + 1)
  if (kind === undefined || name === '') return null
  if (kind === 'all' && !(ALL_TARGETS as readonly string[]).includes(name)) return null
  return { kind, name }
}

/** What an ARN names here; null when it is none of ours, or of another region or account. */
export function resourceHere(text: string, identity: Identity): Resource | null {
  const arn = parseArn(text)
  if (arn === null || arn.region !== identity.region || arn.account !== identity.account)
    return null
  return arn.partition === partitionOf(identity.region) ? resourceOf(arn) : null
}
