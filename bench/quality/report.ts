import { CONFIDENCE_LEVELS, type ConfidenceLevel } from '../../src/domain/behavior.ts'
import { type Align, formatTable } from '../../src/cli/table.ts'
import {
  type FleetGoal,
  GOAL_NAMES,
  type GoalName,
  LEVEL_GOALS,
  type LevelGoal,
  NAB_GOALS,
} from './goals.ts'
import { FALSE_RATES, type FleetVerdict, type NabScores, type NabVerdict } from './judge.ts'

/** What a set's judging came to; verdicts by entrant, in the order of the entrants. */
export type SetReport = SetFacts &
  (
    | { scorer: 'nab'; onsetRows: number; verdicts: Record<string, NabVerdict> }
    | {
        scorer: 'fleets'
        verdicts: Record<string, FleetVerdict>
        goals: Record<GoalName, FleetGoal> | null
      }
  )

export interface SetFacts {
  set: string
  series: number
  datapoints: number
  /** Those that are judged. */
  anomalies: number
}

/** From fewest alarms to most, as the goals list them. */
const LEVELS: readonly ConfidenceLevel[] = CONFIDENCE_LEVELS.toReversed()
const NONE = '-'

/** The tables of a set, one per group of measures, each under its title. */
export function reportLines(report: SetReport): string[] {
  const { set, series, datapoints, anomalies } = report
  const facts = `${set}: ${series} series, ${datapoints} datapoints, ${anomalies} labelled anomalies`
  if (report.scorer === 'nab') {
    return [
      facts,
      '',
      `NAB score, one threshold for all series; onsets (and MEDIUM) look back ${report.onsetRows} datapoints`,
      ...titled(NAB_HEAD, nabRows(report.verdicts)),
    ]
  }
  const { verdicts, goals } = report
  return [
    facts,
    '',
    'event recall at so many false-alarm hours per series and day, and what follows from it',
    ...titled(RECALL_HEAD, recallRows(verdicts, goals)),
    '',
    'at the confidence levels as they are: false hours per series and day, event recall, median delay',
    ...titled(LEVEL_HEAD, levelRows(verdicts)),
  ]
}

const NAB_HEAD = [
  '',
  'standard',
  'low FP',
  'low FN',
  'onsets std',
  'low FP',
  'low FN',
  'met',
  'false',
  'MEDIUM std',
]

function nabRows(verdicts: Record<string, NabVerdict>): string[][] {
  const rows = Object.entries(verdicts).map(([name, { swept, onsets, counts, atMedium }]) => [
    name,
    ...nabCells(swept),
    ...nabCells(onsets),
    `${counts.hits}`,
    `${counts.falseAlarms}`,
    atMedium === null ? NONE : atMedium.standard.toFixed(1),
  ])
  const goals = GOAL_NAMES.map((goal) => {
    const { onsets, atMedium } = NAB_GOALS[goal]
    return [goal, '', '', '', ...nabCells(onsets), '', '', atMedium.toFixed(1)]
  })
  return [...rows, ...goals]
}

function nabCells(scores: NabScores): string[] {
  return Object.values(scores).map((score) => score.toFixed(1))
}

const RECALL_HEAD = [
  '',
  ...FALSE_RATES.map(String),
  'pAUC',
  'best F1',
  'AP',
  'thing R@1',
  'thing F1',
]

function recallRows(
  verdicts: Record<string, FleetVerdict>,
  goals: Record<GoalName, FleetGoal> | null,
): string[][] {
  const rows = Object.entries(verdicts).map(([name, verdict]) => [
    name,
    ...verdict.recalls.map(share),
    share(verdict.pAuc),
    share(verdict.f1),
    share(verdict.averagePrecision),
    share(verdict.device?.recall ?? null),
    share(verdict.device?.f1 ?? null),
  ])
  if (goals === null) return rows
  const wanted = GOAL_NAMES.map((goal) => {
    const { pAuc, f1, deviceRecall } = goals[goal]
    const recall = deviceRecall === null ? '' : share(deviceRecall)
    return [goal, ...FALSE_RATES.map(() => ''), share(pAuc), share(f1), '', recall, '']
  })
  return [...rows, ...wanted]
}

const LEVEL_HEAD = ['', ...LEVELS.flatMap((level) => [level, 'recall', 'delay'])]

function levelRows(verdicts: Record<string, FleetVerdict>): string[][] {
  const rows = Object.entries(verdicts).flatMap(([name, { levels }]) => {
    if (levels === null) return []
    const cells = LEVELS.flatMap((level) => {
      const { falseRate, recall, delay } = levels[level]
      return [rate(falseRate), share(recall), Number.isNaN(delay) ? NONE : `${delay}`]
    })
    return [[name, ...cells]]
  })
  return [...rows, ...GOAL_NAMES.map((goal) => [goal, ...goalCells(LEVEL_GOALS[goal])])]
}

function goalCells({ falseRate, recall }: LevelGoal): string[] {
  return LEVELS.flatMap((level) => [rate(falseRate[level]), share(recall[level]), ''])
}

function titled(head: readonly string[], rows: readonly string[][]): string[] {
  return formatTable(
    [[...head], ...rows],
    head.map((_, column): Align => (column === 0 ? 'left' : 'right')),
  )
}

function share(value: number | null): string {
  return value === null || Number.isNaN(value) ? NONE : value.toFixed(3)
}

function rate(value: number): string {
  return value.toFixed(value < 0.1 ? 4 : 3)
}
