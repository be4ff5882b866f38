import { readJsonDocuments } from '../../domain/json-documents.ts'
import {
  isObject,
  type JsonObject,
  Problems,
  show,
  warnOfUnknownMembers,
} from '../../domain/problem.ts'
import { parseSecurityProfiles } from '../../domain/security-profile.ts'
import {
  type AttachedTarget,
  readTarget,
  readThingsFile,
  THINGS_FILE_MEMBERS,
  type ThingsFile,
} from '../../domain/things-file.ts'
import { RULE_MEMBERS } from '../mitigation-rule.ts'
import { readTemplate } from './cloudformation.ts'
import { SECURITY_PROFILE } from './detect-kinds.ts'
import type { Kind } from './kind.ts'
import { kindOf, KINDS } from './kinds.ts'

/** One thing that a file holds. */
export interface Document {
  kind: Kind
  name: string
  source: JsonObject
  /** Collects what is wrong with it; knows the place. */
  problems: Problems
}

/** An automatic mitigation rule that a file holds. */
export interface RuleDocument {
  source: JsonObject
  problems: Problems
}

/** All that some files hold. */
export interface Documents {
  documents: Document[]
  rules: RuleDocument[]
  thingsFiles: { file: ThingsFile; problems: Problems }[]
  /** Targets that stand beside their profile, as CloudFormation has them. */
  targets: { profile: string; target: AttachedTarget; problems: Problems }[]
}

/** What `aws iot list-...` prints, or `GET /mitigation-rules` answers, holds a list of them. */
const LISTS = ['things', 'mitigationRules']

/**
 * Finds in the text of a file what can be imported: any number of JSON documents, each of them what
 * `aws iot describe-...` prints or `create-...` takes, a list of those, a mitigation rule, a things file, or
 * a template of CloudFormation. Returns the problems of all parts, which go on collecting.
 */
export function readDocuments(text: string, place: string, into: Documents): Problems[] {
  const whole = new Problems(place)
  const { documents, error } = readJsonDocuments(text)
  if (error !== null) {
    whole.error('', `not JSON at line ${error.line}, column ${error.column}: ${error.message}`)
  } else if (documents.length === 0) {
    whole.error('', 'there is nothing in it')
  }
  const sources = documents.flatMap((document) => listed(document))
  const all = [whole]
  for (const [i, source] of sources.entries()) {
    const problems = sources.length === 1 ? whole : new Problems(`${place} (document ${i + 1})`)
    if (problems !== whole) all.push(problems)
    readDocument(source, problems, into)
  }
  return all
}

/** A document, or those of the list that it is. */
function listed(document: unknown): unknown[] {
  if (Array.isArray(document)) return document as unknown[]
  if (!isObject(document) || kindOf(document) !== null) return [document]
  const list = LISTS.map((name) => document[name]).find((value) => Array.isArray(value))
  return Array.isArray(list) && list.every(isObject) ? list : [document]
}

function readDocument(source: unknown, problems: Problems, into: Documents): void {
  if (!isObject(source)) {
    problems.error('', `${show(source)} should be an object`)
    return
  }
  const template = isObject(source.TemplateBody) ? source.TemplateBody : source
  if (isObject(template.Resources)) {
    for (const { resource, targets } of readTemplate(template.Resources, problems)) {
      readDocument(resource, problems, into)
      readTargets(resource, targets, problems, into)
    }
    return
  }
  if (isRule(source)) {
    warnOfUnknownMembers(source, RULE_FILE_MEMBERS, '', problems)
    into.rules.push({ source, problems })
    return
  }
  const kind = kindOf(source)
  if (kind !== null) {
    const name = source[kind.label]
    if (typeof name !== 'string') {
      problems.error(kind.label, `${kind.label} ${show(name)} should be a string`)
      return
    }
    if (kind === SECURITY_PROFILE) {
      problems.list.push(...parseSecurityProfiles(JSON.stringify(source), problems.place).problems)
    } else {
      warnOfUnknownMembers(source, [kind.label, ...kind.known, ...COMMON], '', problems)
    }
    into.documents.push({ kind, name, source, problems })
  } else if (THINGS_FILE_MEMBERS.some((member) => source[member] !== undefined)) {
    into.thingsFiles.push({ file: readThingsFile(source, problems), problems })
  } else {
    const nouns = KINDS.map(({ noun }) => noun).join(', ')
    problems.error(
      '',
      `found no ${nouns}, mitigation rule, things file or template in ${show(source)}`,
    )
  }
}

/** Of all that name a profile, only rules name what is to be done, too. */
function isRule({ ruleId, securityProfileName, actionName }: JsonObject): boolean {
  return ruleId !== undefined || (securityProfileName !== undefined && actionName !== undefined)
}

const RULE_FILE_MEMBERS: readonly string[] = ['ruleId', 'creationDate', ...RULE_MEMBERS]

/** Of every request; tokens say nothing once it is answered. */
const COMMON = ['tags', 'clientRequestToken']

function readTargets(
  { securityProfileName: profile }: JsonObject,
  targets: unknown,
  problems: Problems,
  into: Documents,
): void {
  if (targets === undefined || typeof profile !== 'string') return
  if (!Array.isArray(targets)) {
    problems.error('TargetArns', `${show(targets)} should be a list of ARNs`)
    return
  }
  for (const [i, text] of targets.entries()) {
    const target = readTarget(text, `TargetArns[${i}]`, problems)
    if (target !== null) into.targets.push({ profile, target, problems })
  }
}
