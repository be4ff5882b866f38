import type { ColumnParts, PackColumn } from '../columnar/pack.ts'
import { SERIES_WORDS, SLAB_SEATS, slabBytes, slabInts } from '../stats/series-state.ts'
import type { SlabDay } from '../stats/series-day.ts'
import type { ClosedSlab, FleetFit, SeriesFitTask } from '../tasks/fit-series.ts'
import {
  type ClosedDay,
  type Closing,
  type Learning,
  type PackColumns,
  type SavedDay,
  type SourceColumns,
  type SeriesDay,
  sharedBytes,
} from './learning.ts'
import type { Seasons } from './seasons.ts'
import type { SeriesMemory } from './series-memory.ts'

/** Learning each thing by itself. */
export class SeriesLearning implements Learning {
  readonly openAt: number = 0
  readonly slabAt: number
  readonly memory: SeriesMemory
  readonly seasons: Seasons
  readonly #twoSided: boolean
  readonly #run: (task: SeriesFitTask) => Promise<ClosedSlab | FleetFit>

  constructor(
    memory: SeriesMemory,
    seat: number,
    twoSided: boolean,
    seasons: Seasons,
    run: (task: SeriesFitTask) => Promise<ClosedSlab | FleetFit>,
  ) {
    this.memory = memory
    this.seasons = seasons
    this.slabAt = memory.at(seat)
    this.#twoSided = twoSided
    this.#run = run
  }

  openCount(day: number): number {
    return this.memory.logged(this.slabAt, day)
  }

  /** Slab by slab beside one another, then the fleet's step; the same whatever the number of threads. */
  async close(day: number, earlier: readonly ClosedDay[] | null): Promise<Closing> {
    const { windowMs } = this.memory
    const common = { day, windowMs, twoSided: this.#twoSided }
    const closed = (await Promise.all(
      this.memory.handles(this.slabAt).map((slab, i) =>
        this.#run({
          ...common,
          step: 'close',
          slab,
          earlier: earlier === null ? null : earlier.flatMap((before) => slabOf(before, i)),
        }),
      ),
    )) as ClosedSlab[]
    const slabs = closed.map((slab) => slab.day)
    const count = slabs.reduce((sum, { datapoints }) => sum + datapoints, 0)
    const tails = closed.flatMap((slab) => slab.tails ?? [])
    if (earlier === null || tails.length === 0) {
      return { day: { count, slabs }, model: null, datapoints: count }
    }
    const fit = (await this.#run({ ...common, step: 'fit', slabs: tails })) as FleetFit
    return { day: { count, slabs }, ...fit }
  }

  since(seat: number): number {
    return this.memory.since(this.slabAt, seat)
  }

  own(): null {
    return null
  }

  get stateBytes(): number {
    return slabBytes(this.memory.shape) / SLAB_SEATS
  }

  dayBytes(day: ClosedDay): number {
    const { slabs } = day as SeriesDay
    return slabs.reduce((sum, { starts, runs }) => sum + starts.byteLength + runs.byteLength, 0)
  }

  packDay(day: ClosedDay, name: string, columns: SourceColumns): SavedDay {
    const { count, slabs } = day as SeriesDay
    columns[`${name}.starts`] = joined(slabs.map(({ starts }) => starts))
    columns[`${name}.datapoints`] = Int32Array.from(slabs, ({ datapoints }) => datapoints)
    columns[`${name}.filled`] = Int32Array.from(slabs, ({ values }) => values.bins.length)
    columns[`${name}.bins`] = joined(slabs.map(({ values }) => values.bins))
    columns[`${name}.counts`] = joined(slabs.map(({ values }) => values.counts))
    columns[`${name}.runs`] = {
      type: 'u8',
      length: slabs.reduce((sum, { runs }) => sum + runs.byteLength, 0),
      parts: () => slabs.map(({ runs }) => bytesOf(runs)),
    }
    return { count }
  }

  unpackDay({ count }: SavedDay, name: string, columns: PackColumns): SeriesDay {
    const starts = columns[`${name}.starts`] as Int32Array
    const runs = halvesOf(columns[`${name}.runs`]!)
    const datapoints = columns[`${name}.datapoints`] as Int32Array
    const filled = columns[`${name}.filled`] as Int32Array
    const slabs: SlabDay[] = []
    let end = 0
    let first = 0
    for (let at = 0; at < starts.length; at += SLAB_SEATS + 1) {
      const own = starts.subarray(at, at + SLAB_SEATS + 1)
      const length = own[SLAB_SEATS]!
      const last = first + filled[slabs.length]!
      slabs.push({
        starts: new Int32Array(sharedBytes(own).buffer),
        runs: new Int16Array(sharedBytes(bytesOf(runs.subarray(end, end + length))).buffer),
        values: {
          bins: Int16Array.from(columns[`${name}.bins`]!.subarray(first, last)),
          counts: Int32Array.from(columns[`${name}.counts`]!.subarray(first, last)),
        },
        datapoints: datapoints[slabs.length]!,
      })
      end += length
      first = last
    }
    return { count, slabs }
  }

  packOpen(day: number, name: string, columns: SourceColumns): SavedDay {
    const { memory, slabAt } = this
    const handles = memory.handles(slabAt)
    const count = memory.logged(slabAt, day)
    columns[`${name}.records`] = {
      type: 'i32',
      length: handles.length * SLAB_SEATS * SERIES_WORDS,
      parts: () => handles.map(slabInts),
    }
    columns[`${name}.log`] = {
      type: 'u8',
      length: count * 2,
      parts: () => handles.map((handle) => bytesOf(memory.dayLog(handle, day))),
    }
    return { count }
  }

  restoreOpen(day: number, _saved: SavedDay, name: string, columns: PackColumns): void {
    const records = columns[`${name}.records`] as Int32Array
    this.memory.restore(this.slabAt, day, records, halvesOf(columns[`${name}.log`]!))
  }
}

/** A day before the fleet had grown lacks its later slabs. */
function slabOf(day: ClosedDay, slab: number): SlabDay[] {
  const known = (day as SeriesDay).slabs[slab]
  return known === undefined ? [] : [known]
}

function joined(parts: readonly (Int16Array | Int32Array)[]): ColumnParts {
  return {
    type: 'i32',
    length: parts.reduce((sum, part) => sum + part.length, 0),
    parts: () => parts.map((part) => (part instanceof Int32Array ? part : Int32Array.from(part))),
  }
}

function bytesOf(column: Int16Array): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength)
}

function halvesOf(column: PackColumn): Int16Array {
  return new Int16Array(column.buffer, column.byteOffset, column.byteLength >> 1)
}
