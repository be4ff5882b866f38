import { type MitigationRule, listRules, updateRule } from '../../store/mitigation-rules.ts'
import { ApiError } from '../errors.ts'
import { actionFault, addRule, readRule } from '../mitigation-rule.ts'
import type { RuleDocument } from './documents.ts'
import { formerLife } from './former-life.ts'
import type { ImportRun, Outcome } from './import-run.ts'
import { created, id } from './kind.ts'
import { sayTheSame } from './say-the-same.ts'

/** Makes, changes or leaves rules. One without an id is the one that says the same, or new. */
export function bringRules(run: ImportRun, rules: readonly RuleDocument[]): void {
  const places = new Map<string, string>()
  for (const { source, problems } of rules) {
    const former = formerLife({ id: id('ruleId'), created }, source, problems)
    if (problems.errors > 0) continue
    const ruleId = former.id as string | undefined
    const place = ruleId === undefined ? undefined : places.get(ruleId)
    if (place !== undefined) {
      problems.error('ruleId', `mitigation rule ${ruleId} stands in ${place} too`)
      continue
    }
    if (ruleId !== undefined) places.set(ruleId, problems.place)
    try {
      const born = (former.created as number | undefined) ?? run.context.now
      const rule = readRule(source, ruleId ?? run.context.uuid(), born)
      run.count('mitigation rule', bringRule(run, rule, ruleId !== undefined))
      // No error: the rule of an action that was deleted stands, too, and does nothing.
      const fault = actionFault(run.context.database, rule.action)
      if (fault !== null) problems.warn('actionName', fault.message)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      problems.error('', error.message)
    }
  }
}

function bringRule(run: ImportRun, rule: MitigationRule, byId: boolean): Outcome {
  const { database } = run.context
  const before = listRules(database).find((other) =>
    byId ? other.id === rule.id : says(other, rule),
  )
  if (before === undefined) {
    addRule(database, rule)
    return 'created'
  }
  if (says(before, rule)) return 'unchanged'
  updateRule(database, rule)
  return 'updated'
}

/** Whatever their ids and dates. */
function says(a: MitigationRule, b: MitigationRule): boolean {
  return sayTheSame({ ...a, id: '', created: 0 }, { ...b, id: '', created: 0 })
}
