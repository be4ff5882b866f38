import { DAY_MS, type EpochMs } from '../domain/time.ts'
import type { NumberLog } from './number-log.ts'
import { insertInOrder, medianInOrder } from './rolling-median.ts'

/** Days looked back at, and those of them that must have values. */
const DAYS = 14
const LEAST_DAYS = 3
/** Slots of a day looked at on either side of the datapoint's own. */
const HALF = 1
const KEPT_DAYS: number = DAYS + 1
/** A slot is no shorter, however dense the datapoints. */
const LEAST_SLOT_MS = 300_000

/** What is usual at a time of day: the median of the values at that time on the days before. */
export class DaySeason {
  readonly #slotMs: number
  readonly #slots: number
  /** By day modulo KEPT_DAYS: which day that is, and the last value of each of its slots, NaN if none. */
  readonly #days: Float64Array = new Float64Array(KEPT_DAYS).fill(Number.NaN)
  readonly #values: Float64Array
  readonly #near: Float64Array = new Float64Array(DAYS * (2 * HALF + 1))

  /** `stepMs` is the usual time between datapoints. */
  constructor(stepMs: number) {
    this.#slotMs = Math.min(DAY_MS, Math.max(LEAST_SLOT_MS, Math.floor(stepMs)))
    this.#slots = Math.ceil(DAY_MS / this.#slotMs)
    this.#values = new Float64Array(KEPT_DAYS * this.#slots).fill(Number.NaN)
  }

  /** How far a value lies from what is usual at its time; NaN where fewer than three days tell. */
  residual(time: EpochMs, value: number): number {
    const day = Math.floor(time / DAY_MS)
    const slot = Math.floor((time - day * DAY_MS) / this.#slotMs)
    const usual = this.#usual(day, slot)
    this.#keep(day, slot, value)
    return value - usual
  }

  #usual(day: number, slot: number): number {
    const near = this.#near
    const first = Math.max(0, slot - HALF)
    const last = Math.min(this.#slots - 1, slot + HALF)
    let count = 0
    let days = 0
    for (let before = day - DAYS; before < day; before++) {
      const row = rowOf(before)
      if (this.#days[row] !== before) continue
      const had = count
      for (let i = row * this.#slots + first; i <= row * this.#slots + last; i++) {
        const value = this.#values[i]!
        if (!Number.isNaN(value)) insertInOrder(near, 0, count++, value)
      }
      if (count > had) days++
    }
    return days < LEAST_DAYS ? Number.NaN : medianInOrder(near, 0, count)
  }

  #keep(day: number, slot: number, value: number): void {
    const row = rowOf(day)
    if (this.#days[row]! > day) return
    if (this.#days[row] !== day) {
      this.#values.fill(Number.NaN, row * this.#slots, (row + 1) * this.#slots)
      this.#days[row] = day
    }
    this.#values[row * this.#slots + slot] = value
  }

  save(log: NumberLog): void {
    for (const [row, day] of this.#days.entries()) {
      log.write(day)
      if (Number.isNaN(day)) continue
      log.writeAll(this.#values.subarray(row * this.#slots, (row + 1) * this.#slots))
    }
  }

  /** Into a season of the same step. */
  load(log: NumberLog): void {
    for (let row = 0; row < KEPT_DAYS; row++) {
      this.#days[row] = log.read()
      if (Number.isNaN(this.#days[row])) continue
      this.#values.set(log.readAll(this.#slots), row * this.#slots)
    }
  }
}

function rowOf(day: number): number {
  const row = day % KEPT_DAYS
  return row < 0 ? row + KEPT_DAYS : row
}
