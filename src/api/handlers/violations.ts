import { listActiveViolations } from '../../store/active-violations.ts'
import { listEvents } from '../../store/listed-events.ts'
import { profileExists } from '../../store/security-profiles.ts'
import { verifyViolation } from '../../store/verification.ts'
import type { ViolationFilter } from '../../store/violation-filter.ts'
import type { Handlers } from '../context.ts'
import { invalidRequest, notFound } from '../errors.ts'
import type { Input } from '../operations.ts'
import type { ValueOf } from '../shapes/notation.ts'

type Family = 'ListActiveViolations' | 'ListViolationEvents' | 'PutVerificationStateOnViolation'

export const VIOLATION_HANDLERS: Pick<Handlers, Family> = {
  ListActiveViolations(input, { database, page }) {
    const profile = input.securityProfileName
    if (profile !== undefined && !profileExists(database, profile)) {
      throw notFound(`Security profile ${profile} does not exist`)
    }
    const before = page.after('number', 'text') ?? [Number.MAX_SAFE_INTEGER, '']
    const found = listActiveViolations(database, filterOf(input), before, page.fetch)
    const { rows, next } = page.cut(found.rows, (row) => [row.started, row.id], found.resume)
    return {
      activeViolations: rows.map((row) => ({
        violationId: row.id,
        thingName: row.thing,
        securityProfileName: row.profile,
        behavior: row.behavior,
        lastViolationValue: row.lastValue,
        violationEventAdditionalInfo: additionalInfo(row.confidence),
        verificationState: row.verification,
        verificationStateDescription: row.verificationDescription,
        lastViolationTime: row.lastTime,
        violationStartTime: row.started,
      })),
      nextToken: next,
    }
  },

  ListViolationEvents(input, { database, page }) {
    const { startTime, endTime } = input
    checkPeriod(startTime, endTime)
    const before = page.after('number', 'number') ?? [endTime, Number.MAX_SAFE_INTEGER]
    const found = listEvents(database, filterOf(input), startTime, before, page.fetch)
    const { rows, next } = page.cut(found.rows, (row) => [row.time, row.id], found.resume)
    return {
      violationEvents: rows.map((row) => ({
        violationId: row.violationId,
        thingName: row.thing,
        securityProfileName: row.profile,
        behavior: row.behavior,
        metricValue: row.value,
        violationEventAdditionalInfo: additionalInfo(row.confidence),
        violationEventType: row.type as ValueOf<'ViolationEventType'>,
        verificationState: row.verification,
        verificationStateDescription: row.verificationDescription,
        violationEventTime: row.time,
      })),
      nextToken: next,
    }
  },

  PutVerificationStateOnViolation(input, { database, now }) {
    const { violationId, verificationState, verificationStateDescription } = input
    const description = verificationStateDescription ?? null
    if (verifyViolation(database, violationId, verificationState, description, now)) return
    throw invalidRequest(`Violation ${violationId} does not exist`)
  },
}

/** Both ends belong to a period. */
export function checkPeriod(startTime: number, endTime: number): void {
  if (startTime > endTime) throw invalidRequest('startTime should not be later than endTime')
}

function filterOf(
  input: Input<'ListActiveViolations'> | Input<'ListViolationEvents'>,
): ViolationFilter {
  return {
    thing: input.thingName ?? null,
    profile: input.securityProfileName ?? null,
    criteriaType: input.behaviorCriteriaType ?? null,
    suppressed: input.listSuppressedAlerts ?? null,
    verification: input.verificationState ?? null,
  }
}

function additionalInfo(confidence: string | null) {
  if (confidence === null) return null
  return { confidenceLevel: confidence as ValueOf<'ConfidenceLevel'> }
}
