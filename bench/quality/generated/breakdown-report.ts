import type { ConfidenceLevel } from '../../../src/domain/behavior.ts'
import { SCRIPT_NAMES, STRENGTHS } from '../../../src/synthetic/scripts.ts'
import { LEVELS, NONE, rate, titled } from '../cells.ts'
import type { Breakdown, Tally } from './breakdown.ts'
import { WEEKDAYS, type WeekRates } from './week-counts.ts'

const HOURS_PER_DAY = 24
const INITIALS = LEVELS.map((level) => level[0]!)

/** The tables of our models; those of the baselines are in the JSON only. */
export function breakdownLines(breakdowns: Record<string, Breakdown>): string[] {
  return Object.entries(breakdowns)
    .filter(([name]) => name.startsWith('model '))
    .flatMap(([name, breakdown]) => [
      '',
      `${name}: events by incident and strength, and the share met at HIGH, MEDIUM and LOW`,
      ...titled(SCRIPT_HEAD, scriptRows(breakdown)),
      '',
      `${name}: by metric, false hours per series and day, and the share of its events met`,
      ...titled(METRIC_HEAD, metricRows(breakdown)),
      '',
      `${name}: hours of what is unusual but harmless, and the share with a false alarm`,
      ...titled(['', 'hours', ...LEVELS], harmlessRows(breakdown)),
      '',
      `${name}: false hours per series and day by local weekday, harmless hours left out`,
      ...titled(WEEK_HEAD, weekRows(breakdown)),
    ])
}

const SCRIPT_HEAD = ['', ...STRENGTHS.flatMap((strength) => [strength, ...INITIALS])]

function scriptRows({ scripts }: Breakdown): string[][] {
  const named = SCRIPT_NAMES.map((name) => [name, scripts.filter((own) => own.script === name)])
  const rows = [...named, ['all', scripts]] as [string, Breakdown['scripts']][]
  return rows.map(([name, own]) => {
    const cells = STRENGTHS.flatMap((strength) => {
      const events = sum(own.filter((one) => one.strength === strength).map((one) => one.events))
      return [`${events.all}`, ...LEVELS.map((level) => short(part(events, level)))]
    })
    return [name, ...cells]
  })
}

const METRIC_HEAD = ['', 'events', ...LEVELS.flatMap((level) => [level, 'met'])]

function metricRows({ metrics }: Breakdown): string[][] {
  return metrics.map(({ metric, events, hours }) => [
    metric,
    `${events.all}`,
    ...LEVELS.flatMap((level) => [
      rate(HOURS_PER_DAY * part(hours, level)),
      short(part(events, level)),
    ]),
  ])
}

function harmlessRows({ harmless }: Breakdown): string[][] {
  return harmless.map(({ script, hours }) => [
    script ?? 'all other hours',
    `${hours.all}`,
    ...LEVELS.map((level) => part(hours, level).toFixed(5)),
  ])
}

const WEEK_HEAD = ['', ...WEEKDAYS, 'Sat/Tue', 'errors']

function weekRows({ weekdays: { weekly, others } }: Breakdown): string[][] {
  return [...groupRows('weekly rhythm', weekly), ...groupRows('none', others)]
}

function groupRows(name: string, week: WeekRates | null): string[][] {
  if (week === null) return []
  return LEVELS.map((level) => {
    const { rates, ratio, errors } = week.levels[level]
    const last = [Number.isFinite(ratio) ? ratio.toFixed(2) : NONE, figure(errors)]
    return [`${name}, ${level}`, ...rates.map(rate), ...last]
  })
}

function sum(tallies: readonly Tally[]): Tally {
  const total: Tally = { all: 0, reached: { LOW: 0, MEDIUM: 0, HIGH: 0 } }
  for (const { all, reached } of tallies) {
    total.all += all
    for (const level of LEVELS) total.reached[level] += reached[level]
  }
  return total
}

/** NaN of none. */
function part({ all, reached }: Tally, level: ConfidenceLevel): number {
  return reached[level] / all
}

function short(value: number): string {
  return Number.isNaN(value) ? NONE : value.toFixed(2)
}

function figure(value: number): string {
  return Number.isNaN(value) ? NONE : value.toFixed(1)
}
