import type { Pack, PackColumn, PackSource } from '../columnar/pack.ts'
import { DetectError } from '../domain/errors.ts'
import type { Metric } from '../domain/metric.ts'
import type { FittedModel } from '../stats/model.ts'
import type { Things, ThingsSnapshot } from '../window/things.ts'
import type { Detector } from './detector.ts'
import { type PaneDocument, packPane, restorePane } from './pane-checkpoint.ts'
import { packPresence, restorePresence } from './presence-checkpoint.ts'
import { LoneSeries, type SavedLone } from './lone-series.ts'
import { type SavedDay, sharedBytes, type SourceColumns } from './learning.ts'
import type { Training, TrainingRecord } from './training.ts'
import type { Judge, Orphan, StandingAlarm, Watch } from './watch.ts'

/** The version of the format below; another one is refused. */
const VERSION = 6

/** What a checkpoint says in JSON; its columns lie beside it under telling names. */
export interface CheckpointDocument {
  version: number
  windowMs: number
  modelKind: string
  metrics: string[]
  /** Of each of them: a number and a list of one name have nothing in common. */
  valueKinds: Metric['valueKind'][]
  /** Windows below this number are closed; null before the first. */
  firstOpen: number | null
  openDay: number | null
  nextOrdinal: number
  things: number
  panes: PaneDocument[]
  watches: WatchDocument[]
  /** Whatever else the run wants to find again. */
  run: unknown
}

export interface WatchDocument {
  profile: string
  behavior: string
  metric: string
  kind: Judge['kind']
  source: Readonly<Record<string, unknown>>
  standing: [index: number, alarm: StandingAlarm][]
  training: TrainingDocument | null
}

export type TrainingDocument = Omit<
  TrainingRecord,
  'days' | 'seasons' | 'lone' | 'model' | 'next'
> & {
  seasons: number[]
  lone: SavedLone | null
  days: ({ day: number } & SavedDay)[]
  open: SavedDay | null
  model: Omit<FittedModel, 'bytes'> | null
  next: { model: Omit<FittedModel, 'bytes'>; from: number } | null
}

/** The state of a quiet pipeline; without its models where these stay in memory. */
export function snapshot(detector: Detector, run: unknown, withModels = true): PackSource {
  const { things, windower, watches, evaluation, settings, metrics } = detector
  const columns: SourceColumns = {}
  const seats = things.snapshot()
  packPresence(windower.presence, things.capacity, columns)
  columns['things.names'] = seats.names.bytes
  columns['things.offsets'] = seats.names.offsets
  columns['things.index'] = seats.index
  columns['things.ordinal'] = seats.ordinal
  columns['things.lastSeen'] = seats.lastSeen
  columns['things.shardOfPage'] = seats.shardOfPage
  const { openDay } = evaluation
  const document: CheckpointDocument = {
    version: VERSION,
    windowMs: settings.windowMs,
    modelKind: settings.training.modelKind,
    metrics: metrics.map((metric) => metric.name),
    valueKinds: metrics.map((metric) => metric.valueKind),
    firstOpen: Number.isFinite(windower.firstOpen) ? windower.firstOpen : null,
    openDay,
    nextOrdinal: seats.nextOrdinal,
    things: seats.names.count,
    panes: windower.openPanes.map((pane, i) =>
      packPane(pane, `pane.${i}`, things.capacity, columns),
    ),
    watches: watches.map((watch, i) =>
      packWatch(watch, `watch.${i}`, withModels ? { openDay } : null, things.capacity, columns),
    ),
    run,
  }
  return { document, columns }
}

/** Reads a checkpoint's JSON part; refuses what this program or these settings cannot go on from. */
export function documentOf({ document }: Pack, windowMs: number | null): CheckpointDocument {
  const read = document as CheckpointDocument
  if (read.version !== VERSION) {
    throw new DetectError(
      'state',
      `the state has version ${read.version}; this program reads ${VERSION}`,
    )
  }
  if (windowMs !== null && read.windowMs !== windowMs) {
    throw new DetectError(
      'state',
      `the state was made with windows of ${read.windowMs / 1_000} s, not ${windowMs / 1_000} s`,
    )
  }
  return read
}

/** The things of a checkpoint, for building a detector on. */
export function thingsOf({ columns }: Pack, document: CheckpointDocument): ThingsSnapshot {
  return {
    names: {
      count: document.things,
      bytes: columns['things.names'] as Uint8Array,
      offsets: columns['things.offsets'] as Int32Array,
    },
    index: columns['things.index'] as Int32Array,
    ordinal: columns['things.ordinal'] as Float64Array,
    lastSeen: columns['things.lastSeen'] as Int32Array,
    shardOfPage: columns['things.shardOfPage'] as Uint8Array,
    nextOrdinal: document.nextOrdinal,
  }
}

/**
 * Puts a checkpoint's open windows, models and alarms into a new detector. A behavior goes on if its
 * profile, name, metric and kind are the same; of the others, and of things no longer watched, the
 * standing alarms are returned.
 */
export function restore(
  pack: Pack,
  document: CheckpointDocument,
  detector: Detector,
  watches: (profile: string, thing: string) => boolean,
): Orphan[] {
  const { columns } = pack
  const { things } = detector
  document.panes.forEach((pane, i) => restorePane(pane, `pane.${i}`, columns, document, detector))
  restorePresence(detector.windower.presence, columns)
  const orphans: Orphan[] = []
  document.watches.forEach((saved, i) => {
    const watch = detector.watches.find((candidate) => isSame(candidate, saved))
    if (watch !== undefined)
      restoreWatch(watch, saved, `watch.${i}`, columns, document.openDay, things)
    for (const [index, alarm] of saved.standing) {
      const thing = things.name(index)
      if (watch !== undefined && watches(saved.profile, thing)) watch.standing.set(index, alarm)
      else {
        if (watch !== undefined) watch.states[index] = 0
        orphans.push({
          profile: saved.profile,
          source: saved.source,
          thing,
          violationId: alarm.violationId,
        })
      }
    }
  })
  return orphans
}

/**
 * Puts models that were learned elsewhere into a quiet detector, in place of its own; `learned` is a checkpoint of
 * theirs. Days that have ended here since are ended for them too.
 */
export async function adoptModels(learned: Pack, detector: Detector): Promise<void> {
  const document = documentOf(learned, detector.settings.windowMs)
  const { openDay } = detector.evaluation
  for (const [i, saved] of document.watches.entries()) {
    const watch = detector.watches.find((candidate) => isSame(candidate, saved))
    if (watch === undefined || watch.judge.kind !== 'ml') continue
    if (saved.training === null || saved.training.collectionStart === null) continue
    const { training } = watch.judge
    restoreTraining(training, saved.training, `watch.${i}`, document.openDay, learned.columns)
    if (document.openDay === null || openDay === null) continue
    for (let day = document.openDay; day < openDay; day++) {
      training.endDay(day)
      await training.settle()
    }
  }
}

function isSame(watch: Watch, saved: WatchDocument): boolean {
  return (
    watch.profile.name === saved.profile &&
    watch.behavior.name === saved.behavior &&
    watch.metric.name === saved.metric &&
    watch.judge.kind === saved.kind
  )
}

function packWatch(
  watch: Watch,
  name: string,
  models: { openDay: number | null } | null,
  capacity: number,
  columns: SourceColumns,
): WatchDocument {
  columns[`${name}.states`] = watch.states.subarray(0, capacity)
  columns[`${name}.runStarts`] = watch.runStarts.subarray(0, capacity)
  const { judge } = watch
  const slices = judge.kind === 'rule' || judge.kind === 'percentile' ? judge.rule.state : null
  if (slices !== null) {
    columns[`${name}.ring`] = slices.ring
    columns[`${name}.newest`] = slices.newest
  }
  return {
    profile: watch.profile.name,
    behavior: watch.behavior.name,
    metric: watch.metric.name,
    kind: judge.kind,
    source: watch.behavior.source,
    standing: [...watch.standing],
    training:
      judge.kind === 'ml' && models !== null
        ? packTraining(judge.training, name, models.openDay, columns)
        : null,
  }
}

function restoreWatch(
  watch: Watch,
  saved: WatchDocument,
  name: string,
  columns: Record<string, PackColumn>,
  openDay: number | null,
  things: Things,
): void {
  watch.reserve(things.capacity)
  watch.states.set(columns[`${name}.states`]!)
  watch.runStarts.set(columns[`${name}.runStarts`]!)
  const { judge } = watch
  if (judge.kind === 'rule' || judge.kind === 'percentile') {
    const ring = columns[`${name}.ring`] as Float64Array | undefined
    const newest = columns[`${name}.newest`] as Int32Array | undefined
    if (ring !== undefined && newest !== undefined) judge.rule.restore({ ring, newest })
  } else if (judge.kind === 'ml' && saved.training !== null) {
    restoreTraining(judge.training, saved.training, name, openDay, columns)
  }
}

function packTraining(
  training: Training,
  name: string,
  openDay: number | null,
  columns: SourceColumns,
): TrainingDocument {
  const { status, collectionStart, firstAttempt, refreshed, days, model, next } = training.record
  const { learning } = training
  const { seasons, lone } = training.record
  const open = openDay === null ? null : learning.packOpen(openDay, `${name}.open`, columns)
  for (const [day, closed] of seasons) {
    learning.seasons!.packDay(closed, `${name}.season.${day}`, columns)
  }
  if (openDay !== null) learning.seasons?.packOpen(openDay, `${name}.season`, columns)
  if (model !== null) columns[`${name}.model`] = model.bytes
  if (next !== null) columns[`${name}.next`] = next.model.bytes
  return {
    status,
    collectionStart,
    firstAttempt,
    refreshed,
    days: [...days].map(([day, closed]) => ({
      day,
      ...learning.packDay(closed, `${name}.day.${day}`, columns),
    })),
    open,
    seasons: [...seasons.keys()],
    lone: lone?.pack(`${name}.lone`, columns) ?? null,
    model: model === null ? null : withoutBytes(model),
    next: next === null ? null : { model: withoutBytes(next.model), from: next.from },
  }
}

function restoreTraining(
  training: Training,
  saved: TrainingDocument,
  name: string,
  openDay: number | null,
  columns: Record<string, PackColumn>,
): void {
  const { record, learning } = training
  record.status = saved.status
  record.collectionStart = saved.collectionStart
  record.firstAttempt = saved.firstAttempt
  record.refreshed = saved.refreshed
  record.days = new Map(
    saved.days.map((day) => [day.day, learning.unpackDay(day, `${name}.day.${day.day}`, columns)]),
  )
  record.lone = saved.lone === null ? null : LoneSeries.unpack(saved.lone, `${name}.lone`, columns)
  record.seasons = new Map(
    saved.seasons.map((day) => [
      day,
      learning.seasons!.unpackDay(`${name}.season.${day}`, columns),
    ]),
  )
  record.model =
    saved.model === null ? null : { ...saved.model, bytes: sharedBytes(columns[`${name}.model`]!) }
  record.next =
    saved.next === null
      ? null
      : {
          from: saved.next.from,
          model: { ...saved.next.model, bytes: sharedBytes(columns[`${name}.next`]!) },
        }
  if (saved.open !== null && openDay !== null) {
    learning.restoreOpen(openDay, saved.open, `${name}.open`, columns)
    learning.seasons?.restoreOpen(openDay, `${name}.season`, columns)
  }
}

function withoutBytes({
  kind,
  lone,
  refreshed,
  datapoints,
}: FittedModel): Omit<FittedModel, 'bytes'> {
  return { kind, lone, refreshed, datapoints }
}
