import type { IncomingMessage, ServerResponse } from 'node:http'
import { CONFIDENCE_LEVELS } from '../domain/behavior.ts'
import { didYouMean, show } from '../domain/problem.ts'
import type { Clock } from '../domain/time.ts'
import { DETECT_ACTION } from '../respond/start-task.ts'
import {
  deleteRule,
  insertRule,
  listRules,
  type MitigationRule,
} from '../store/mitigation-rules.ts'
import { copyAction } from '../store/mitigation-tasks.ts'
import type { Database } from '../store/database.ts'
import { invalidRequest, notFound } from './errors.ts'
import type { OwnRoute } from './own-routes.ts'
import { readQuery } from './query.ts'
import { splitTarget } from './target.ts'

const PATH = '/mitigation-rules'
const MEMBERS = [
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

/**
 * Rules that run a mitigation action when a behavior alarms. All that is asked stands in the query, which a
 * signature covers, so there is no body.
 */
export function mitigationRuleRoutes(
  database: Database,
  clock: Clock,
  uuid: () => string,
): OwnRoute[] {
  return [
    {
      method: 'GET',
      path: PATH,
      needs: 'read',
      async handle(request, response) {
        queryOf(request, [])
        answer(response, 200, { mitigationRules: listRules(database).map(described) })
      },
    },
    {
      method: 'POST',
      path: PATH,
      needs: 'write',
      async handle(request, response) {
        const rule = ruleOf(queryOf(request, MEMBERS), uuid(), clock.now())
        database.transaction(() => {
          checkAction(database, rule.action)
          if (listRules(database).length >= MAX_RULES) {
            throw invalidRequest(`There are ${MAX_RULES} rules, which is the most`)
          }
          insertRule(database, rule)
        })
        answer(response, 201, described(rule))
      },
    },
    {
      method: 'DELETE',
      path: PATH,
      needs: 'write',
      async handle(request, response) {
        const { ruleId } = queryOf(request, ['ruleId'])
        if (ruleId === undefined) throw invalidRequest('ruleId is missing')
        if (!deleteRule(database, ruleId)) throw notFound(`There is no rule ${show(ruleId)}`)
        response.writeHead(204).end()
      },
    },
  ]
}

function queryOf(
  request: IncomingMessage,
  known: readonly string[],
): Readonly<Record<string, string | undefined>> {
  const query = readQuery(splitTarget(request.url ?? '').query)
  for (const name of Object.keys(query)) {
    if (!known.includes(name)) {
      throw invalidRequest(`Unknown parameter ${show(name)}${didYouMean(name, known)}`)
    }
  }
  return query
}

function ruleOf(
  query: Readonly<Record<string, string | undefined>>,
  id: string,
  created: number,
): MitigationRule {
  const { securityProfileName, behaviorName, confidenceLevel, actionName, mostThingsPerHour } =
    query
  if (!securityProfileName) throw invalidRequest('securityProfileName is missing')
  if (!actionName) throw invalidRequest('actionName is missing')
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
    profile: securityProfileName,
    behavior: behaviorName ?? null,
    confidence: confidence ?? null,
    action: actionName,
    mostPerHour: most,
    created,
  }
}

/** The profile may come later, as with infrastructure that is set up in any order; what it would do may not. */
function checkAction(database: Database, name: string): void {
  const action = copyAction(database, name)
  if (action === null) throw notFound(`Mitigation action ${name} does not exist`)
  if (action.type !== DETECT_ACTION) {
    throw invalidRequest(
      `Mitigation action ${name} is ${action.type}; Detect runs ${DETECT_ACTION}`,
    )
  }
}

function described({
  id,
  profile,
  behavior,
  confidence,
  action,
  mostPerHour,
  created,
}: MitigationRule) {
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

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(`${JSON.stringify(body, null, 2)}\n`)
}
