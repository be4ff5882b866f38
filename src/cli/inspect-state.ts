import { statSync } from 'node:fs'
import { join } from 'node:path'
import { readCheckpoint } from '../adapters/state-directory.ts'
import { nameAt } from '../columnar/name-table.ts'
import type { Pack } from '../columnar/pack.ts'
import {
  type CheckpointDocument,
  documentOf,
  thingsOf,
  type WatchDocument,
} from '../detect/checkpoint.ts'
import { type ConfidenceLevel, CONFIDENCE_LEVELS } from '../domain/behavior.ts'
import { DetectError } from '../domain/errors.ts'
import { type EpochMs, SECOND_MS } from '../domain/time.ts'
import { modelKind } from '../stats/model-kinds.ts'
import { bytesText, counted, durationText, grouped, numberText, timeText } from './figures.ts'
import type { Inspection } from './inspect.ts'
import { modelQuality, qualityLine } from './model-quality.ts'
import { formatTable } from './table.ts'

/** Standing alarms shown in the text; JSON has them all. */
const SHOWN_ALARMS = 20

interface SavedModel {
  kind: string
  /** Its one or two things are judged as single series. */
  lone: boolean
  datapoints: number
  refreshed: string
  /** Null: in force. */
  inForceFrom: string | null
  thresholds: Record<ConfidenceLevel, { low: number | null; high: number | null }>
}

interface SavedBehavior {
  profile: string
  behavior: string
  metric: string
  kind: WatchDocument['kind']
  status: string | null
  collectionStart: string | null
  closedDays: number
  /** Datapoints kept for the next training, of closed days and the open one. */
  datapoints: number
  model: SavedModel | null
  next: SavedModel | null
  standing: { thing: string; violationId: string; lastSeen: string }[]
}

/** What a state directory's checkpoint holds; the directory is not taken, a run may be using it. */
export function inspectState(path: string): Inspection {
  const pack = readCheckpoint(path)
  if (pack === null) throw new DetectError('state', `${path}: no checkpoint in it`)
  const document = documentOf(pack, null)
  const { windowMs, firstOpen, things, panes, metrics } = document
  const bytes = statSync(join(path, 'checkpoint.bin')).size
  const behaviors = document.watches.map((watch, i) => savedBehavior(watch, i, pack, document))
  const bytesPerSeries = seriesBytes(pack, document)
  const eventTime = firstOpen === null ? null : isoTime(firstOpen * windowMs)
  const reached =
    firstOpen === null
      ? 'no window closed yet'
      : `windows closed until ${timeText(firstOpen * windowMs)} UTC`
  return {
    json: {
      kind: 'state',
      path,
      bytes,
      windowSeconds: windowMs / SECOND_MS,
      modelKind: document.modelKind,
      bytesPerSeries,
      quality: modelQuality().models,
      eventTime,
      openWindows: panes.length,
      things,
      metrics,
      behaviors,
    },
    lines: [
      `state ${path}: ${counted(things, 'thing')}, ${reached}, ${bytesText(bytes)}`,
      `windows of ${durationText(windowMs)}, ${grouped(panes.length)} of them open`,
      modelText(document.modelKind, bytesPerSeries),
      qualityLine(document.modelKind),
      '',
      ...behaviorTable(behaviors),
      ...modelTable(behaviors),
      ...alarmTable(behaviors),
    ],
  }
}

/** What the state keeps of one thing under one behavior, on average; null where it is not kept by thing. */
function seriesBytes({ columns }: Pack, { modelKind: kind, watches, things }: CheckpointDocument) {
  const learned = watches.flatMap((watch, i) => (watch.kind === 'ml' ? [`watch.${i}.`] : []))
  const model = modelKind(kind)
  if (model.pooled || things === 0 || learned.length === 0) return null
  const own = Object.entries(columns).filter(
    ([name]) =>
      learned.some((of) => name.startsWith(of)) && (!model.pooledDays || name.endsWith('.records')),
  )
  const bytes = own.reduce((sum, [, column]) => sum + column.byteLength, 0)
  return Math.round(bytes / (things * learned.length))
}

function modelText(kind: string, bytesPerSeries: number | null): string {
  if (bytesPerSeries === null) return `model ${kind}, of all things alike`
  return `model ${kind}, ${bytesText(bytesPerSeries)} a thing and behavior; normal ranges are off the forecast`
}

function savedBehavior(
  watch: WatchDocument,
  index: number,
  pack: Pack,
  document: CheckpointDocument,
): SavedBehavior {
  const { profile, behavior, metric, kind, training } = watch
  const { model, next } = training ?? { model: null, next: null }
  const names = nameBySeat(pack, document)
  const summaries = [...(training?.days ?? []), ...(training?.open ? [training.open] : [])]
  return {
    profile,
    behavior,
    metric,
    kind,
    status: training?.status ?? null,
    collectionStart: isoTime(training?.collectionStart ?? null),
    closedDays: training?.days.length ?? 0,
    datapoints: summaries.reduce((sum, { count }) => sum + count, 0),
    model: model && savedModel(model, null, pack, `watch.${index}.model`),
    next: next && savedModel(next.model, next.from, pack, `watch.${index}.next`),
    standing: watch.standing.map(([seat, { violationId, lastSeen }]) => ({
      thing: names(seat),
      violationId,
      lastSeen: isoTime(lastSeen),
    })),
  }
}

function savedModel(
  model: { kind: string; lone: boolean; datapoints: number; refreshed: EpochMs },
  from: EpochMs | null,
  { columns }: Pack,
  column: string,
): SavedModel {
  const { kind, lone, datapoints, refreshed } = model
  return {
    kind,
    lone,
    datapoints,
    refreshed: isoTime(refreshed),
    inForceFrom: isoTime(from),
    thresholds: modelKind(kind).thresholds(columns[column] as Uint8Array),
  }
}

function nameBySeat(pack: Pack, document: CheckpointDocument): (seat: number) => string {
  const { names, index } = thingsOf(pack, document)
  return (seat) => {
    const code = index.indexOf(seat)
    return code < 0 ? `thing in seat ${seat}` : nameAt(names, code)
  }
}

function isoTime<T extends EpochMs | null>(time: T): T extends null ? null : string {
  return (time === null ? null : new Date(time).toISOString()) as T extends null ? null : string
}

function behaviorTable(behaviors: readonly SavedBehavior[]): string[] {
  const rows = behaviors.map((saved) => [
    `${saved.profile}/${saved.behavior}`,
    saved.metric,
    `${saved.status ?? 'rule'}${saved.model?.lone === true ? ' as single series' : ''}`,
    saved.kind === 'ml' ? grouped(saved.datapoints) : '',
    saved.kind === 'ml' ? grouped(saved.closedDays) : '',
    grouped(saved.standing.length),
  ])
  const titles = ['behavior', 'metric', 'status', 'datapoints', 'days', 'alarms']
  return formatTable([titles, ...rows], ['left', 'left', 'left', 'right', 'right', 'right'], 0)
}

function modelTable(behaviors: readonly SavedBehavior[]): string[] {
  const rows = behaviors.flatMap(({ profile, behavior, model, next }) =>
    [model, next].flatMap((saved) => {
      if (saved === null) return []
      const ranges = CONFIDENCE_LEVELS.map((level) => rangeText(saved.thresholds[level]))
      const since = saved.inForceFrom === null ? saved.refreshed : saved.inForceFrom
      const when = `${saved.inForceFrom === null ? '' : 'from '}${timeText(Date.parse(since))}`
      return [[`${profile}/${behavior}`, when, grouped(saved.datapoints), ...ranges]]
    }),
  )
  if (rows.length === 0) return []
  const titles = ['model', 'refreshed (UTC)', 'trained on', ...CONFIDENCE_LEVELS]
  return [
    '',
    ...formatTable([titles, ...rows], ['left', 'left', 'right', 'left', 'left', 'left'], 0),
  ]
}

function alarmTable(behaviors: readonly SavedBehavior[]): string[] {
  const all = behaviors.flatMap(({ profile, behavior, standing }) =>
    standing.map(({ thing, lastSeen }) => [
      thing,
      `${profile}/${behavior}`,
      timeText(Date.parse(lastSeen)),
    ]),
  )
  if (all.length === 0) return []
  const titles = ['standing alarm of', 'behavior', 'last datapoint (UTC)']
  const more = all.length - SHOWN_ALARMS
  return [
    '',
    ...formatTable([titles, ...all.slice(0, SHOWN_ALARMS)], ['left', 'left', 'left'], 0),
    ...(more > 0 ? [`and ${grouped(more)} more: see --json`] : []),
  ]
}

function rangeText({ low, high }: { low: number | null; high: number | null }): string {
  return `${low === null ? '' : numberText(low)}..${high === null ? '' : numberText(high)}`
}
