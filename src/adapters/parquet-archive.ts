import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { appendNames, NO_NAMES } from '../columnar/name-table.ts'
import { readThingNames, thingColumns } from '../columnar/parquet-things.ts'
import { writeParquet } from '../columnar/parquet-write.ts'
import type { WorkerPool } from '../detect/pool.ts'
import type { BatchSlot } from '../detect/slots.ts'
import type { BatchObserver } from '../detect/evaluation.ts'
import { DetectError } from '../domain/errors.ts'
import type { Metric } from '../domain/metric.ts'
import { dayName, dayOf } from '../domain/time.ts'
import type { ArchiveColumns, ArchiveTask } from '../tasks/archive.ts'
import { isOfKind, PendingColumns, type PendingKind, pendingKind } from './pending-columns.ts'
import type { Things } from '../window/things.ts'

/** A file is written when a metric has so many rows pending, or when the day ends. */
const PART_ROWS = 262_144
/** Lists are written row by row. */
const PART_LIST_BYTES = 32 * 1024 * 1024
/** Files that may be on their way at once. */
const WRITES_UNDER_WAY = 16
const THINGS_FILE = 'things.parquet'

/** Where the archive stands; goes into a checkpoint, files behind it are dropped on resuming. */
export interface ArchivePosition {
  /** The day of the last row; null before the first. It may have ended since. */
  day: number | null
  /** Files already written of that day, by metric name. */
  parts: Record<string, number>
  /** Things already in `things.parquet`. */
  things: number
  rows: number
  /** Rows of the day not yet in a file, by metric name. */
  pending: Record<string, ArchiveColumns>
}

/** Where an archive begins. */
export const NEW_ARCHIVE: ArchivePosition = {
  day: null,
  parts: {},
  things: 0,
  rows: 0,
  pending: {},
}

/**
 * Closed windows' datapoints as Parquet, Hive-partitioned: `metric=<name>/day=<UTC day>/part-<n>.parquet`
 * with the columns thing (number in `things.parquet`), timestamp (start of the window, epoch ms), value
 * and, for message sizes, min, sum and count; for lists the value is how many items there are, and the
 * column list has them as JSON. Each file appears whole and durable, after the names it
 * needs; a restart drops what came after its checkpoint and writes it again.
 */
export class ParquetArchive implements BatchObserver {
  readonly #directory: string
  readonly #metrics: readonly Metric[]
  readonly #things: Things
  readonly #windowMs: number
  readonly #pool: WorkerPool
  readonly #retainDays: number | null
  readonly #kinds: readonly PendingKind[]
  readonly #pending: (PendingColumns | null)[]
  #day: number | null
  #parts: Map<string, number>
  #thingsWritten: number
  #rows: number
  #writes: Promise<void>[] = []
  /** Columns whose rows are in a file, to be used again. */
  readonly #spare: Record<PendingKind, PendingColumns[]> = { plain: [], sized: [], listed: [] }

  constructor(
    directory: string,
    run: { metrics: readonly Metric[]; things: Things; windowMs: number; pool: WorkerPool },
    retainDays: number | null,
    position: ArchivePosition | null,
  ) {
    this.#directory = directory
    this.#metrics = run.metrics
    this.#things = run.things
    this.#windowMs = run.windowMs
    this.#pool = run.pool
    this.#retainDays = retainDays
    this.#kinds = run.metrics.map(pendingKind)
    this.#pending = run.metrics.map(({ name }, i) => {
      const saved = position === null ? undefined : own(position.pending, name)
      const kind = this.#kinds[i]!
      return saved === undefined || !isOfKind(saved, kind) ? null : PendingColumns.of(saved, kind)
    })
    this.#day = position?.day ?? null
    this.#parts = new Map(Object.entries(position?.parts ?? {}))
    this.#thingsWritten = position?.things ?? 0
    this.#rows = position?.rows ?? 0
    mkdirSync(directory, { recursive: true })
    if (position === null) refuseOccupied(directory)
    else dropAfter(directory, position)
  }

  /** Rows taken so far, written or pending. */
  get rows(): number {
    return this.#rows
  }

  async batch({ batch, lists }: BatchSlot): Promise<void> {
    const width = this.#metrics.length
    for (let metric = 0; metric < width; metric++) {
      const kind = this.#kinds[metric]!
      const from = batch.from[metric]!
      const to = batch.to[metric]!
      if (from === to) continue
      this.#enterDay(dayOf(batch.window[from]! * this.#windowMs))
      this.#rows += to - from
      const pending = (this.#pending[metric] ??=
        this.#spare[kind].pop() ?? new PendingColumns(kind))
      const start = pending.extend(to - from)
      const { thing, time, value, sizes } = pending.columns
      value.set(batch.value.subarray(from, to), start)
      for (let row = from, at = start; row < to; row++, at++) {
        thing[at] = this.#things.ordinal(batch.thing[row]!)
        time[at] = batch.window[row]! * this.#windowMs
      }
      if (sizes !== null) {
        sizes.min.set(batch.sizeMin.subarray(from, to), start)
        sizes.sum.set(batch.sizeSum.subarray(from, to), start)
        sizes.count.set(batch.sizeCount.subarray(from, to), start)
      }
      if (kind === 'listed') {
        for (let row = from, at = start; row < to; row++, at++) {
          pending.setList(at, lists!.windowOf(row).names, lists!.code(row))
        }
      }
      if (pending.columns.rows >= PART_ROWS || pending.listBytes >= PART_LIST_BYTES)
        await this.#write(metric)
    }
  }

  stretchEnded(): Promise<void> {
    return Promise.resolve()
  }

  async dayEnded(): Promise<void> {
    await this.#writeAll()
    if (this.#retainDays !== null && this.#day !== null) {
      // A folder may go only when nobody is writing in it any more.
      await this.settle()
      dropBefore(this.#directory, dayName(this.#day + 1 - this.#retainDays))
    }
  }

  /** Writes all that is pending and waits until it is durable. */
  async flush(): Promise<void> {
    await this.#writeAll()
    await this.settle()
  }

  /** Waits until what has left for the disk is there. */
  async settle(): Promise<void> {
    await Promise.all(this.#writes.splice(0))
  }

  get position(): ArchivePosition {
    const pending = new Map<string, ArchiveColumns>()
    for (const [metric, columns] of this.#pending.entries()) {
      if (columns !== null) pending.set(this.#metrics[metric]!.name, columns.sealed())
    }
    return {
      day: this.#day,
      parts: Object.fromEntries(this.#parts),
      things: this.#thingsWritten,
      rows: this.#rows,
      pending: Object.fromEntries(pending),
    }
  }

  /** The files of the day before count until a row of the next one: a checkpoint between must keep them. */
  #enterDay(day: number): void {
    if (day === this.#day) return
    this.#day = day
    this.#parts.clear()
  }

  async #writeAll(): Promise<void> {
    for (let metric = 0; metric < this.#metrics.length; metric++) {
      if (this.#pending[metric] !== null) await this.#write(metric)
    }
  }

  async #write(metric: number): Promise<void> {
    const pending = this.#pending[metric]!
    const { name } = this.#metrics[metric]!
    this.#pending[metric] = null
    await this.#writeThings()
    const part = this.#parts.get(name) ?? 0
    this.#parts.set(name, part + 1)
    const folder = join(
      this.#directory,
      `metric=${encodeURIComponent(name)}`,
      `day=${dayName(this.#day!)}`,
    )
    const task: ArchiveTask = {
      path: join(folder, partName(part)),
      columns: pending.sealed(),
      metadata: { windowMs: String(this.#windowMs), metric: name },
    }
    if (this.#writes.length >= WRITES_UNDER_WAY) await this.settle()
    const write = this.#writeFile(task, pending, this.#spare[this.#kinds[metric]!])
    // It may fail before anybody waits for it; whoever does then sees the failure.
    write.catch(() => {})
    this.#writes.push(write)
  }

  async #writeFile(
    task: ArchiveTask,
    pending: PendingColumns,
    spare: PendingColumns[],
  ): Promise<void> {
    await this.#pool.run<void>('archive', task)
    pending.clear()
    spare.push(pending)
  }

  /** Names come before the data that uses them. */
  async #writeThings(): Promise<void> {
    if (this.#thingsWritten === this.#things.ordinals) return
    const path = join(this.#directory, THINGS_FILE)
    const before = this.#thingsWritten === 0 ? NO_NAMES : readThingNames(path)
    const arrived = this.#things.namesFrom(this.#thingsWritten)
    const count = this.#things.ordinals - this.#thingsWritten
    const more = Array.from({ length: count }, (_, i) => arrived.get(this.#thingsWritten + i) ?? '')
    await writeParquet(path, thingColumns(appendNames(before, this.#thingsWritten, more)))
    this.#thingsWritten = this.#things.ordinals
  }
}

function partName(part: number): string {
  return `part-${String(part).padStart(5, '0')}.parquet`
}

function refuseOccupied(directory: string): void {
  const occupied = readdirSync(directory).find((name) => /^metric=|^things\.parquet$/.test(name))
  if (occupied === undefined) return
  throw new DetectError(
    'archive',
    `${directory} already holds an archive (${occupied}); give the --state it was written with to go on, or another directory`,
  )
}

/** A custom metric may be called `constructor`. */
function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}

/** Removes the files written after a checkpoint. */
function dropAfter(directory: string, { day, parts }: ArchivePosition): void {
  forEachDay(directory, (metric, name, folder) => {
    if (day !== null && name < dayName(day)) return
    const kept = day !== null && name === dayName(day) ? (own(parts, metric) ?? 0) : 0
    const files = readdirSync(folder).filter(
      (file) => file >= partName(kept) || !file.startsWith('part-'),
    )
    for (const file of files) rmSync(join(folder, file))
  })
}

/** Removes the days before a given one. */
function dropBefore(directory: string, day: string): void {
  forEachDay(directory, (_metric, name, folder) => {
    if (name < day) rmSync(folder, { recursive: true })
  })
}

function forEachDay(
  directory: string,
  visit: (metric: string, day: string, folder: string) => void,
): void {
  if (!existsSync(directory)) return
  for (const metric of readdirSync(directory).filter((name) => name.startsWith('metric='))) {
    for (const day of readdirSync(join(directory, metric)).filter((name) =>
      name.startsWith('day='),
    )) {
      const name = decodeURIComponent(metric.slice('metric='.length))
      visit(name, day.slice('day='.length), join(directory, metric, day))
    }
  }
}
