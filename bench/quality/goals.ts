import type { ConfidenceLevel } from '../../src/domain/behavior.ts'
import type { NabScores } from './judge.ts'
import type { LabelledSet } from './series.ts'

/** What our models have to reach, and what would be better than anything known. */
export const GOAL_NAMES = ['floor', 'reach for'] as const
export type GoalName = (typeof GOAL_NAMES)[number]

export interface NabGoal {
  onsets: NabScores
  atMedium: number
}

/** Of one set; null where the goals do not speak of it. */
export interface FleetGoal {
  pAuc: number
  f1: number
  deviceRecall: number | null
}

/** Of each set alike: false-alarm hours per series and day at most, event recall at least. */
export interface LevelGoal {
  falseRate: Record<ConfidenceLevel, number>
  recall: Record<ConfidenceLevel, number>
}

export const NAB_GOALS: Readonly<Record<GoalName, NabGoal>> = {
  floor: {
    onsets: { standard: 67, lowFalsePositives: 61, lowFalseNegatives: 71 },
    atMedium: 66,
  },
  'reach for': {
    onsets: { standard: 74.9, lowFalsePositives: 66.9, lowFalseNegatives: 80.4 },
    atMedium: 72,
  },
}

export const LEVEL_GOALS: Readonly<Record<GoalName, LevelGoal>> = {
  floor: {
    falseRate: { HIGH: 0.01, MEDIUM: 0.05, LOW: 0.2 },
    recall: { HIGH: 0.12, MEDIUM: 0.21, LOW: 0.48 },
  },
  'reach for': {
    falseRate: { HIGH: 0.003, MEDIUM: 0.01, LOW: 0.1 },
    recall: { HIGH: 0.25, MEDIUM: 0.4, LOW: 0.65 },
  },
}

/** Sets as the goals mean them: parts of one, such as the data that comes along, have none. */
const FLEET_GOALS: readonly { set: string; series: number; goals: Record<GoalName, FleetGoal> }[] =
  [
    {
      set: 'asd',
      series: 228,
      goals: {
        floor: { pAuc: 0.45, f1: 0.61, deviceRecall: 0.83 },
        'reach for': { pAuc: 0.52, f1: 0.66, deviceRecall: 0.9 },
      },
    },
    {
      set: 'services',
      series: 36,
      goals: {
        floor: { pAuc: 0.45, f1: 0.61, deviceRecall: null },
        'reach for': { pAuc: 0.52, f1: 0.66, deviceRecall: null },
      },
    },
  ]

export function fleetGoals({ name, series }: LabelledSet): Record<GoalName, FleetGoal> | null {
  const own = FLEET_GOALS.find((goal) => goal.set === name && goal.series === series.length)
  return own?.goals ?? null
}
