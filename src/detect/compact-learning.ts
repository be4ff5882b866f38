import { fitExcesses, type OwnScale, scaleOf } from '../stats/excess-model.ts'
import { fleetSpread, type SlabSpreads } from '../stats/compact-day.ts'
import {
  COMPACT_BYTES,
  COMPACT_SLAB_BITS,
  COMPACT_SLAB_SEATS,
  COMPACT_WORDS,
  compactSlab,
  COUNT,
  START_COUNT,
  START_DEVIATION,
  START_HIGH,
  START_LOW,
} from '../stats/compact-state.ts'
import {
  COMPACT_OPEN_BYTES,
  type CompactDay,
  mergeCompact,
  OpenCompact,
} from '../stats/compact-summary.ts'
import { slabAt, type SlabHandle, slabsAt } from '../stats/series-slabs.ts'
import type { BeginDayTask } from '../tasks/begin-day.ts'
import type {
  ClosedDay,
  Closing,
  Learning,
  LearningMemory,
  PackColumns,
  SavedDay,
  SourceColumns,
} from './learning.ts'
import type { Seasons } from './seasons.ts'
import type { SlabMemory } from './slab-memory.ts'

/** Slabs that go to a thread as one task. */
const SLABS_AT_ONCE = 8

/** Learning each thing by itself in little memory: series in slabs, the day's excesses lane by lane. */
export class CompactLearning implements Learning {
  readonly openAt: number
  readonly slabAt: number
  readonly stateBytes: number = COMPACT_BYTES
  readonly seasons: Seasons
  readonly #memory: LearningMemory
  readonly #series: SlabMemory
  readonly #windowMs: number
  readonly #twoSided: boolean
  readonly #run: (task: BeginDayTask) => Promise<SlabSpreads>

  constructor(options: {
    memory: LearningMemory
    series: SlabMemory
    /** Which of the behaviors it is. */
    seat: number
    windowMs: number
    twoSided: boolean
    seasons: Seasons
    run: (task: BeginDayTask) => Promise<SlabSpreads>
  }) {
    this.#memory = options.memory
    this.#series = options.series
    this.#windowMs = options.windowMs
    this.#twoSided = options.twoSided
    this.#run = options.run
    this.seasons = options.seasons
    this.openAt = options.seat * COMPACT_OPEN_BYTES
    this.slabAt = options.series.at(options.seat)
  }

  openCount(day: number): number {
    return this.#lanes(day).reduce((sum, lane) => sum + lane.count, 0)
  }

  /** The series begin the next day beside one another; the rest is adding up integers. */
  async close(day: number, earlier: readonly ClosedDay[] | null): Promise<Closing> {
    const lanes = this.#lanes(day)
    const today = mergeCompact(lanes.map((lane) => lane.read()))
    for (const lane of lanes) lane.clear()
    const spread = fleetSpread(await Promise.all(this.#beginDay(day + 1)))
    this.#setDeviation(spread.middle)
    if (earlier === null) return { day: today, model: null, datapoints: today.count }
    const all = mergeCompact([...(earlier as readonly CompactDay[]), today])
    const model = fitExcesses(all, spread, this.#twoSided)
    return { day: today, model, datapoints: all.count }
  }

  since(): number {
    return 0
  }

  own(seat: number): OwnScale | null {
    const slab = slabAt(this.#series.slabs, seat >> COMPACT_SLAB_BITS, this.slabAt)
    const { floats, halves } = compactSlab(slab)
    const at = (seat & (COMPACT_SLAB_SEATS - 1)) * COMPACT_WORDS
    const deviation = floats[at + START_DEVIATION]!
    if (deviation < 0) return null
    const spread = { deviation, high: floats[at + START_HIGH]!, low: floats[at + START_LOW]! }
    return scaleOf(spread, this.#lanes(0)[0]!.deviation, halves[2 * at + START_COUNT]!)
  }

  dayBytes(day: ClosedDay): number {
    const { excesses } = day as CompactDay
    return excesses.reduce((sum, { bins, counts }) => sum + bins.byteLength + counts.byteLength, 0)
  }

  packDay(day: ClosedDay, name: string, columns: SourceColumns): SavedDay {
    const { count, judged, excesses } = day as CompactDay
    columns[`${name}.judged`] = Float64Array.of(judged)
    for (const [side, { bins, counts }] of excesses.entries()) {
      columns[`${name}.bins.${side}`] = bins
      columns[`${name}.counts.${side}`] = counts
    }
    return { count }
  }

  unpackDay({ count }: SavedDay, name: string, columns: PackColumns): CompactDay {
    const excesses = (side: number) => ({
      bins: Int32Array.from(columns[`${name}.bins.${side}`]!),
      counts: Uint32Array.from(columns[`${name}.counts.${side}`]!),
    })
    return { count, judged: columns[`${name}.judged`]![0]!, excesses: [excesses(0), excesses(1)] }
  }

  packOpen(day: number, name: string, columns: SourceColumns): SavedDay {
    const lanes = this.#lanes(day)
    columns[`${name}.deviation`] = Float64Array.of(lanes[0]!.deviation)
    const seats = this.#filledSeats()
    columns[`${name}.seats`] = seats
    columns[`${name}.records`] = {
      type: 'i32',
      length: seats.length * COMPACT_WORDS,
      parts: () => this.#records(seats),
    }
    return this.packDay(mergeCompact(lanes.map((lane) => lane.read())), name, columns)
  }

  restoreOpen(day: number, saved: SavedDay, name: string, columns: PackColumns): void {
    const seats = columns[`${name}.seats`]!
    const records = columns[`${name}.records`] as Int32Array
    this.#series.reserve((seats.at(-1) ?? -1) + 1)
    const slabs = this.#handles().map(compactSlab)
    for (let i = 0; i < seats.length; i++) {
      const { words } = slabs[seats[i]! >> COMPACT_SLAB_BITS]!
      const at = (seats[i]! & (COMPACT_SLAB_SEATS - 1)) * COMPACT_WORDS
      words.set(records.subarray(i * COMPACT_WORDS, (i + 1) * COMPACT_WORDS), at)
    }
    for (const lane of this.#lanes(day)) lane.clear()
    this.#lanes(day)[0]!.add(this.unpackDay(saved, name, columns))
    this.#setDeviation(columns[`${name}.deviation`]![0]!)
  }

  #lanes(day: number): OpenCompact[] {
    return this.#memory.lanes(day).map((memory) => new OpenCompact(memory, this.openAt))
  }

  /** It holds for the day that begins, whichever of the memories is used. */
  #setDeviation(deviation: number): void {
    for (const day of [0, 1]) for (const lane of this.#lanes(day)) lane.deviation = deviation
  }

  #handles(): SlabHandle[] {
    return slabsAt(this.#series.slabs, this.slabAt)
  }

  #beginDay(day: number): Promise<SlabSpreads>[] {
    const slabs = this.#handles()
    const stretches = Math.ceil(slabs.length / SLABS_AT_ONCE)
    return Array.from({ length: stretches }, (_, i) =>
      this.#run({
        slabs: slabs.slice(i * SLABS_AT_ONCE, (i + 1) * SLABS_AT_ONCE),
        day,
        windowMs: this.#windowMs,
      }),
    )
  }

  /** The seats whose records hold something. */
  #filledSeats(): Int32Array {
    const slabs = this.#handles()
    const seats = new Int32Array(slabs.length * COMPACT_SLAB_SEATS)
    let count = 0
    for (const [i, slab] of slabs.entries()) {
      const { halves } = compactSlab(slab)
      for (let place = 0; place < COMPACT_SLAB_SEATS; place++) {
        if (halves[2 * place * COMPACT_WORDS + COUNT] === 0) continue
        seats[count++] = i * COMPACT_SLAB_SEATS + place
      }
    }
    return seats.slice(0, count)
  }

  /** The records of some seats, ascending: as views, neighbors in a slab together. */
  *#records(seats: Int32Array): Generator<Int32Array> {
    for (let i = 0; i < seats.length; ) {
      const first = seats[i]!
      const slab = first >> COMPACT_SLAB_BITS
      const from = i
      while (
        i < seats.length &&
        seats[i] === first + i - from &&
        seats[i]! >> COMPACT_SLAB_BITS === slab
      )
        i++
      const { words } = compactSlab(slabAt(this.#series.slabs, slab, this.slabAt))
      const at = (first & (COMPACT_SLAB_SEATS - 1)) * COMPACT_WORDS
      yield words.subarray(at, at + (i - from) * COMPACT_WORDS)
    }
  }
}
