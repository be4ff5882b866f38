import { CONFIDENCE_LEVELS } from '../domain/behavior.ts'
import { type JsonObject, show } from '../domain/problem.ts'
import { DETECT_ACTION } from '../respond/start-task.ts'
import type { Database } from '../store/database.ts'
import { insertRule, listRules, type MitigationRule } from '../store/mitigation-rules.ts'
import { copyAction } from '../store/mitigation-tasks.ts'
import { type ApiError, invalidRequest, notFound } from './errors.ts'

/** What a rule is made of, as it travels. */
export const RULE_MEMBERS = [
  'securityProfileName',
  'behaviorName',
  'confidenceLevel',
  'actionName',
  'mostThingsPerHour',
] as const
const DEFAULT_MOST = 100
const MAX_MOST = 1_000_000
/** Each alarm is held against all of them. */
const MAX_RULES = 1_000

/** Reads a rule from a query or a file. Refuses with an InvalidRequestException that names the member. */
export function readRule(source: JsonObject, id: string, created: number): MitigationRule {
  const { confidenceLevel, mostThingsPerHour } = source
  const confidence = CONFIDENCE_LEVELS.find((level) => level === confidenceLevel)
  if (confidenceLevel !== undefined && confidence === undefined) {
    const levels = CONFIDENCE_LEVELS.join(', ')
    throw invalidRequest(`confidenceLevel ${show(confidenceLevel)} should be one of ${levels}`)
  }
  const most = Number(mostThingsPerHour ?? DEFAULT_MOST)
  if (!Number.isInteger(most) || most < 1 || most > MAX_MOST) {
    throw invalidRequest(
      `mostThingsPerHour ${show(mostThingsPerHour)} should be a whole number from 1 to ${MAX_MOST}`,
    )
  }
  return {
    id,
    profile: readName(source, 'securityProfileName'),
    behavior: source.behaviorName === undefined ? null : readName(source, 'behaviorName'),
    confidence: confidence ?? null,
    action: readName(source, 'actionName'),
    mostPerHour: most,
    created,
  }
}

function readName(source: JsonObject, member: (typeof RULE_MEMBERS)[number]): string {
  const name = source[member]
  if (name === undefined || name === '') throw invalidRequest(`${member} is missing`)
  if (typeof name !== 'string') throw invalidRequest(`${member} ${show(name)} should be a string`)
  return name
}

/** A rule as `GET /mitigation-rules` lists it. */
export function describeRule(rule: MitigationRule): JsonObject {
  const { id, profile, behavior, confidence, action, mostPerHour, created } = rule
  return {
    ruleId: id,
    securityProfileName: profile,
    ...(behavior === null ? {} : { behaviorName: behavior }),
    ...(confidence === null ? {} : { confidenceLevel: confidence }),
    actionName: action,
    mostThingsPerHour: mostPerHour,
    creationDate: new Date(created).toISOString(),
  }
}

/** The id must be new. */
export function addRule(database: Database, rule: MitigationRule): void {
  if (listRules(database).length >= MAX_RULES) {
    throw invalidRequest(`There are ${MAX_RULES} rules, which is the most`)
  }
  insertRule(database, rule)
}

/**
 * Why a rule cannot run an action; null: it can. Its profile may come later, as with infrastructure that is set
 * up in any order; what it would do may not.
 */
export function actionFault(database: Database, name: string): ApiError | null {
  const action = copyAction(database, name)
  if (action === null) return notFound(`Mitigation action ${name} does not exist`)
  if (action.type === DETECT_ACTION) return null
  return invalidRequest(`Mitigation action ${name} is ${action.type}; Detect runs ${DETECT_ACTION}`)
}
