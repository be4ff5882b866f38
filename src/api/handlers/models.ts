import { isObject, type JsonObject } from '../../domain/problem.ts'
import { allProfiles } from '../../store/security-profiles.ts'
import type { Context, Handlers } from '../context.ts'
import type { TrainingSummary } from '../engine.ts'
import { storedProfile } from './security-profiles.ts'

/** Datapoints in the trailing 14 days that a model needs. */
const NEEDED = 25_000

export const MODEL_HANDLERS: Pick<Handlers, 'GetBehaviorModelTrainingSummaries'> = {
  GetBehaviorModelTrainingSummaries({ securityProfileName }, context) {
    const { page } = context
    const [afterProfile, afterBehavior] = page.after('text', 'text') ?? ['', '']
    const summaries = summariesOf(securityProfileName ?? null, context).filter(
      ({ profile, behavior }) =>
        profile > afterProfile || (profile === afterProfile && behavior > afterBehavior),
    )
    const { rows, next } = page.cut(summaries, ({ profile, behavior }) => [profile, behavior])
    return {
      summaries: rows.map((summary) => ({
        securityProfileName: summary.profile,
        behaviorName: summary.behavior,
        trainingDataCollectionStartDate: summary.collectionStart,
        modelStatus: summary.status,
        datapointsCollectionPercentage: Math.min(100, (summary.datapoints / NEEDED) * 100),
        lastModelRefreshDate: summary.lastRefresh,
      })),
      nextToken: next,
    }
  },
}

/** By profile and behavior. What evaluation has not taken up yet is pending. */
function summariesOf(profile: string | null, context: Context): TrainingSummary[] {
  const profiles =
    profile === null ? allProfiles(context.database) : [storedProfile(profile, context)]
  const known = new Map(
    context.engine
      .trainingSummaries(profile)
      .map((summary) => [keyOf(summary.profile, summary.behavior), summary]),
  )
  return profiles.flatMap(({ name, behaviors }) =>
    behaviors
      .filter(isLearned)
      .map((behavior) => String(behavior.name))
      .sort((a, b) => (a < b ? -1 : 1))
      .map((behavior) => known.get(keyOf(name, behavior)) ?? pending(name, behavior)),
  )
}

function isLearned({ criteria }: JsonObject): boolean {
  return isObject(criteria) && criteria.mlDetectionConfig !== undefined
}

function pending(profile: string, behavior: string): TrainingSummary {
  return {
    profile,
    behavior,
    status: 'PENDING_BUILD',
    collectionStart: null,
    datapoints: 0,
    lastRefresh: null,
  }
}

function keyOf(profile: string, behavior: string): string {
  return `${profile} ${behavior}`
}
