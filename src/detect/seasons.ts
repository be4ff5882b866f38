import type { Season } from '../domain/violation.ts'
import { DAY_MS, dayOf, type EpochMs } from '../domain/time.ts'
import {
  closeCurves,
  CURVE_DAY_BYTES,
  CURVE_SLAB_BYTES,
  curveInts,
  type DayCurves,
  hourMeans,
} from '../stats/hour-curve.ts'
import {
  HOUR_COUNTS_BYTES,
  type HourCounts,
  hourOfWindow,
  hourQuartiles,
  OpenHours,
} from '../stats/hour-counts.ts'
import { slabAt, type SlabHandle, slabsAt } from '../stats/series-slabs.ts'
import { SLAB_SEATS } from '../stats/series-state.ts'
import { LearningMemory } from './learning.ts'
import type { PackColumns, SourceColumns } from './learning.ts'
import { SlabMemory } from './slab-memory.ts'

/** Days that a season looks back at; those of a thing's own that it takes. */
const DAYS_BACK = 14
const LEAST_OWN_DAYS = 3
const SATURDAY = 2
const SUNDAY = 3

/** What a behavior's datapoints came to by time of day, on one closed day. */
export interface SeasonDay {
  fleet: HourCounts
  /** Empty where nothing is kept by thing. */
  own: DayCurves
}

/** Where the hours of all behaviors are counted: the fleet's lane by lane, the things' in slabs. */
export interface SeasonMemory {
  /** 0 for kinds that keep no seasons. */
  behaviors: number
  hours: LearningMemory
  curves: SlabMemory
}

export function newSeasonMemory(behaviors: number, lanes: number, byThing: boolean): SeasonMemory {
  return {
    behaviors,
    hours: new LearningMemory(behaviors, lanes, HOUR_COUNTS_BYTES),
    curves: new SlabMemory(byThing ? behaviors : 0, { seats: SLAB_SEATS, bytes: CURVE_SLAB_BYTES }),
  }
}

/**
 * Takes over what another memory holds, behavior by behavior; `from[i]` is where the i-th lay there, -1 for
 * a new one. Of the hours only what is filled: most of their memory is never touched.
 */
export function takeOverSeasons(
  { behaviors, hours, curves }: SeasonMemory,
  before: SeasonMemory,
  from: readonly number[],
): void {
  if (behaviors === 0) return
  curves.takeOver(before.curves, from)
  for (const day of [0, 1]) {
    for (const [lane, memory] of hours.lanes(day).entries()) {
      const there = before.hours.lanes(day)[lane]!
      for (const [i, at] of from.entries()) {
        if (at < 0) continue
        const open = new OpenHours(memory, i * HOUR_COUNTS_BYTES)
        open.merge(new OpenHours(there, at * HOUR_COUNTS_BYTES).read())
      }
    }
  }
}

/** What is usual by hour of the day and by class of day, for one behavior. */
export class Seasons {
  readonly hoursAt: number
  readonly curvesAt: number
  readonly #memory: SeasonMemory
  readonly #windowMs: number

  constructor(memory: SeasonMemory, seat: number, windowMs: number) {
    this.#memory = memory
    this.#windowMs = windowMs
    this.hoursAt = seat * HOUR_COUNTS_BYTES
    this.curvesAt = memory.curves.at(seat)
  }

  /** Bytes of each thing's open day, and of a closed day. */
  get stateBytes(): number {
    return this.#memory.curves.slabs.count === 0 ? 0 : CURVE_SLAB_BYTES / SLAB_SEATS
  }

  dayBytes({ own }: SeasonDay): number {
    return own.seats.length * CURVE_DAY_BYTES
  }

  /** Closes a day whose rows have all been taken in. */
  close(day: number): SeasonDay {
    const [main, ...others] = this.#lanes(day)
    for (const lane of others) {
      main!.merge(lane.read())
      lane.clear()
    }
    const fleet = main!.read()
    main!.clear()
    return { fleet, own: closeCurves(this.#curves(), day) }
  }

  /** What was usual, before the model that was built at `refreshed`, when a window begins. */
  at(
    days: ReadonlyMap<number, SeasonDay>,
    refreshed: EpochMs,
    seat: number,
    window: number,
  ): Season {
    const start = window * this.#windowMs
    const hour = hourOfWindow(this.#windowMs)[window % (DAY_MS / this.#windowMs)]!
    const weekend = isWeekend(dayOf(start))
    const until = dayOf(refreshed)
    const like = [...days].flatMap(([day, closed]) =>
      day < until && day >= until - DAYS_BACK && isWeekend(day) === weekend ? [closed] : [],
    )
    const when = `${weekend ? 'weekends' : 'weekdays'} ${clock(hour)}-${clock(hour + 1)} UTC`
    const own = hourMeans(
      like.map((day) => day.own),
      seat,
      hour,
    )
    if (own.length >= LEAST_OWN_DAYS) {
      return {
        when,
        of: 'thing',
        usual: middleOf(own),
        low: own[0]!,
        high: own.at(-1),
        count: own.length,
      }
    }
    const fleet = hourQuartiles(
      like.map((day) => day.fleet),
      hour,
    )
    if (fleet === null) return { when, of: 'fleet', usual: null, low: null, high: null, count: 0 }
    const { low, middle, high, datapoints } = fleet
    return { when, of: 'fleet', usual: middle, low, high, count: datapoints }
  }

  packDay({ fleet, own }: SeasonDay, name: string, columns: SourceColumns): void {
    packCounts(fleet, name, columns)
    columns[`${name}.seats`] = own.seats
    columns[`${name}.means`] = new Uint8Array(own.means.buffer)
  }

  unpackDay(name: string, columns: PackColumns): SeasonDay {
    const means = Uint8Array.from(columns[`${name}.means`]!)
    return {
      fleet: unpackCounts(name, columns),
      own: {
        seats: columns[`${name}.seats`] as Int32Array,
        means: new Int16Array(means.buffer),
      },
    }
  }

  packOpen(day: number, name: string, columns: SourceColumns): void {
    const slabs = this.#curves()
    const [main, ...others] = this.#lanes(day)
    for (const lane of others) {
      main!.merge(lane.read())
      lane.clear()
    }
    packCounts(main!.read(), name, columns)
    columns[`${name}.curves`] = {
      type: 'i32',
      length: (slabs.length * CURVE_SLAB_BYTES) / 4,
      parts: () => slabs.map(curveInts),
    }
  }

  /** In place of what it has counted of that day. */
  restoreOpen(day: number, name: string, columns: PackColumns): void {
    const { curves } = this.#memory
    const saved = columns[`${name}.curves`] as Int32Array
    const words = CURVE_SLAB_BYTES / 4
    curves.reserve((saved.length / words) * SLAB_SEATS)
    for (let i = 0; i * words < saved.length; i++) {
      curveInts(slabAt(curves.slabs, i, this.curvesAt)).set(
        saved.subarray(i * words, (i + 1) * words),
      )
    }
    for (const lane of this.#lanes(day)) lane.clear()
    this.#lanes(day)[0]!.merge(unpackCounts(name, columns))
  }

  #curves(): SlabHandle[] {
    return slabsAt(this.#memory.curves.slabs, this.curvesAt)
  }

  #lanes(day: number): OpenHours[] {
    return this.#memory.hours.lanes(day).map((memory) => new OpenHours(memory, this.hoursAt))
  }
}

function packCounts(hours: HourCounts, name: string, columns: SourceColumns): void {
  columns[`${name}.starts`] = hours.starts
  columns[`${name}.cells`] = hours.cells
  columns[`${name}.counts`] = hours.counts
}

function unpackCounts(name: string, columns: PackColumns): HourCounts {
  return {
    starts: columns[`${name}.starts`] as Int32Array,
    cells: columns[`${name}.cells`] as Int32Array,
    counts: columns[`${name}.counts`] as Uint32Array,
  }
}

/** The first of January 1970, day 0, was a Thursday. */
function isWeekend(day: number): boolean {
  const weekday = day % 7
  return weekday === SATURDAY || weekday === SUNDAY
}

function middleOf(ascending: readonly number[]): number {
  const middle = ascending.length >> 1
  if (ascending.length % 2 === 1) return ascending[middle]!
  return (ascending[middle - 1]! + ascending[middle]!) / 2
}

function clock(hour: number): string {
  return `${String(hour).padStart(2, '0')}:00`
}
