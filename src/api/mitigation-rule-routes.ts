import type { ServerResponse } from 'node:http'
import { show } from '../domain/problem.ts'
import type { Clock } from '../domain/time.ts'
import type { Database } from '../store/database.ts'
import { deleteRule, listRules } from '../store/mitigation-rules.ts'
import { invalidRequest, notFound } from './errors.ts'
import { actionFault, addRule, describeRule, readRule, RULE_MEMBERS } from './mitigation-rule.ts'
import type { OwnRoute } from './own-routes.ts'

const PATH = '/mitigation-rules'

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
      parameters: [],
      async handle(_request, response) {
        answer(response, 200, { mitigationRules: listRules(database).map(describeRule) })
      },
    },
    {
      method: 'POST',
      path: PATH,
      needs: 'write',
      parameters: RULE_MEMBERS,
      async handle(_request, response, query) {
        const rule = readRule(query, uuid(), clock.now())
        database.transaction(() => {
          const fault = actionFault(database, rule.action)
          if (fault !== null) throw fault
          addRule(database, rule)
        })
        answer(response, 201, describeRule(rule))
      },
    },
    {
      method: 'DELETE',
      path: PATH,
      needs: 'write',
      parameters: ['ruleId'],
      async handle(_request, response, { ruleId }) {
        if (ruleId === undefined) throw invalidRequest('ruleId is missing')
        if (!deleteRule(database, ruleId)) throw notFound(`There is no rule ${show(ruleId)}`)
        response.writeHead(204).end()
      },
    },
  ]
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(`${JSON.stringify(body, null, 2)}\n`)
}
