import { isObject, type JsonObject, memberPath, type Problems, show } from '../../domain/problem.ts'

/** The resources that are read, and the member that names each; without it the logical id does. */
const TYPES: Readonly<Record<string, string>> = {
  'AWS::IoT::SecurityProfile': 'securityProfileName',
  'AWS::IoT::CustomMetric': 'metricName',
  'AWS::IoT::Dimension': 'name',
  'AWS::IoT::MitigationAction': 'actionName',
  'AWS::IoT::ThingGroup': 'thingGroupName',
}

/** A resource as the API would describe it; `targets` are a security profile's `TargetArns`. */
export interface TemplateResource {
  resource: JsonObject
  targets: unknown
}

/**
 * The resources of a CloudFormation template (in JSON) that can be imported. Others are skipped with a
 * warning; functions such as `Ref` are errors, since what they stand for is not in the template.
 */
export function readTemplate(resources: JsonObject, problems: Problems): TemplateResource[] {
  const read: TemplateResource[] = []
  for (const [id, raw] of Object.entries(resources)) {
    const path = memberPath('Resources', id)
    const { Type: type, Properties: properties = {} } = isObject(raw) ? raw : {}
    const label = typeof type === 'string' ? TYPES[type] : undefined
    if (label === undefined) {
      problems.warn(path, `a resource of type ${show(type)} is not imported`)
    } else if (!isObject(properties)) {
      problems.error(`${path}.Properties`, `${show(properties)} should be an object`)
    } else {
      const { TargetArns, ...others } = properties
      const before = problems.errors
      const resource = asDescribed(others, `${path}.Properties`, problems) as JsonObject
      const targets = asDescribed(TargetArns, `${path}.Properties.TargetArns`, problems)
      if (problems.errors === before) read.push({ resource: { [label]: id, ...resource }, targets })
    }
  }
  return read
}

/** Names of members begin with a small letter there, but for what users or enumerations name. */
function asDescribed(value: unknown, path: string, problems: Problems): unknown {
  if (Array.isArray(value)) {
    return value.map((item, i) => asDescribed(item, `${path}[${i}]`, problems))
  }
  if (!isObject(value)) return value
  const called = Object.keys(value).find((name) => name === 'Ref' || name.startsWith('Fn::'))
  if (called !== undefined) {
    problems.error(path, `the function ${called} is not resolved here: write what it stands for`)
    return undefined
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const at = `${path}.${name}`
      if (name === 'Attributes' || name === 'Tags') return [lowerFirst(name), member]
      if (name === 'AlertTargets' && isObject(member)) {
        const kinds = Object.entries(member).map(([kind, target]) => [
          kind,
          asDescribed(target, `${at}.${kind}`, problems),
        ])
        return [lowerFirst(name), Object.fromEntries(kinds)]
      }
      // Templates write counts as text.
      const isCount = name === 'Count' && typeof member === 'string' && /^\d+$/.test(member)
      return [lowerFirst(name), isCount ? Number(member) : asDescribed(member, at, problems)]
    }),
  )
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}
