import type { RunOptions, RunSummary } from '../compose.ts'
import type { BehaviorSummary } from '../detect/run-summary.ts'
import { MIN_DATAPOINTS, TRAINING_DAYS } from '../detect/training.ts'
import { EXIT_FAILURE, EXIT_SUCCESS } from './command.ts'
import { counted, elapsedText, grouped, rounded, timeText } from './figures.ts'
import type { Messages } from './messages.ts'
import { rejectedRows } from './progress-line.ts'
import { modelQuality } from './model-quality.ts'
import { alarmLines, behaviorLabels, modelLines, thresholdLines } from './summary-behaviors.ts'
import { LINE_WIDTH, shortened, wrap } from './table.ts'

/** Where a run's results went; null: it made none of these. */
export type Destinations = Pick<
  RunOptions,
  'archive' | 'state' | 'out' | 'rejects' | 'outArrow' | 'scores'
> & {
  /** Whether there are events at all. */
  events: boolean
}

/** Says how a run came out, and turns that into an exit code. */
export function conclude(
  command: string,
  summary: RunSummary,
  destinations: Destinations,
  strict: boolean,
  messages: Messages,
): number {
  messages.summary(formatSummary(command, summary, destinations), {
    command,
    ...summary,
    quality: modelQuality().models,
    destinations,
  })
  const rejected = rejectedRows(summary.progress)
  if (!strict || rejected === 0) return EXIT_SUCCESS
  messages.error(`--strict: ${counted(rejected, 'row')} refused`)
  return EXIT_FAILURE
}

/** A run in words: lines of at most `LINE_WIDTH` characters, sections parted by empty lines. */
export function formatSummary(
  command: string,
  summary: RunSummary,
  destinations: Destinations,
): string[] {
  const { behaviors } = summary
  const labels = behaviorLabels(behaviors)
  const sections = [
    headLines(command, summary),
    rejectLines(summary),
    modelLines(summary, labels),
    thresholdLines(summary, labels),
    leniencyLines(summary),
    destinations.events ? alarmLines(behaviors, labels) : [],
    unevaluatedLines(behaviors, labels),
    destinationLines(summary, destinations),
  ]
  return sections
    .filter((section) => section.length > 0)
    .flatMap((section, i) => (i === 0 ? section : ['', ...section]))
}

function headLines(command: string, summary: RunSummary): string[] {
  const { progress, elapsedMs, sorted, interrupted } = summary
  const { rows, things, eventTime, late, refused } = progress
  const read = rows - progress.earlierRows
  const rate = elapsedMs > 0 ? ` (${rounded((read / elapsedMs) * 1_000)} rows/s)` : ''
  const ended = interrupted ? 'was interrupted after' : 'took'
  const reached = eventTime === null ? '' : `, event time ${timeText(eventTime)} UTC`
  return [
    `${command} ${ended} ${elapsedText(elapsedMs)}: ${counted(rows, 'row')}${rate}, ${counted(things, 'thing')}${reached}`,
    ...(sorted ? ['The input was sorted by time first.'] : []),
    ...(late > 0 ? [`late      ${counted(late, 'row')} of windows already closed`] : []),
    ...(refused > 0
      ? [`refused   ${counted(refused, 'row')} of things beyond the limit: raise --max-things`]
      : []),
  ]
}

function rejectLines({ progress, rejects }: RunSummary): string[] {
  const rejected = rejectedRows(progress)
  if (rejected === 0) return []
  const reasons = Object.entries(progress.rejected)
    .filter(([, count]) => count > 0)
    .sort((a, b) => b[1] - a[1])
    .map(([reason, count]) => `${grouped(count)} ${reason}`)
  const more = rejected - rejects.length
  return [
    `rejected  ${counted(rejected, 'row')}: ${reasons.join(', ')}`,
    ...rejects.map(({ run, line, reason, detail }) =>
      shortened(`  ${run}:${line}: ${reason}: ${printable(detail)}`, LINE_WIDTH),
    ),
    ...(more > 0 && rejects.length > 0 ? [`  and ${grouped(more)} more`] : []),
  ]
}

/** Input may hold anything; a terminal shall not act on it. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '�')
}

/** Models from little data alarm more: whoever asked for them is told. */
function leniencyLines({ minDatapoints, minDays }: RunSummary): string[] {
  if (minDatapoints >= MIN_DATAPOINTS && minDays >= TRAINING_DAYS) return []
  return wrap(
    `Models were built from ${grouped(minDatapoints)} datapoints and ${counted(minDays, 'day')} on; ` +
      `AWS asks for ${grouped(MIN_DATAPOINTS)} and ${TRAINING_DAYS}. Expect more false alarms.`,
    LINE_WIDTH,
  )
}

function unevaluatedLines(
  behaviors: readonly BehaviorSummary[],
  labels: readonly string[],
): string[] {
  const lines = behaviors.flatMap(({ kind, reason }, i) =>
    kind === 'unevaluated' ? [`  ${labels[i]}: ${reason ?? ''}`] : [],
  )
  if (lines.length === 0) return []
  return ['not evaluated', ...lines.map((line) => shortened(line, LINE_WIDTH))]
}

function destinationLines(
  { progress, archivedRows }: RunSummary,
  { events, out, archive, state, rejects, outArrow, scores }: Destinations,
): string[] {
  return [
    ...(events ? [`events    ${grouped(progress.events)} to ${out ?? 'stdout'}`] : []),
    ...[outArrow, scores].flatMap((path) => (path === null ? [] : [`scores    ${path}`])),
    ...(archive === null
      ? []
      : [`archive   ${archive}${events ? ` (${counted(archivedRows, 'row')} added)` : ''}`]),
    ...(state === null ? [] : [`state     ${state}`]),
    ...(rejects === null ? [] : [`rejects   ${rejects}`]),
  ]
}
