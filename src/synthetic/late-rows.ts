/** Datapoints of one thing and step, all its values, on their way to a later step. */
export interface LateRows {
  count: number
  thing: Int32Array
  time: Float64Array
  /** `width` values each. */
  values: Float64Array
}

/** Holds back what arrives late. Memory: what is under way, a small part of the fleet. */
export class LateQueue {
  readonly #width: number
  readonly #byStep: Map<number, LateRows> = new Map()

  constructor(width: number) {
    this.#width = width
  }

  add(step: number, thing: number, time: number, values: Float64Array): void {
    const width = this.#width
    let rows = this.#byStep.get(step)
    if (rows === undefined) {
      rows = {
        count: 0,
        thing: new Int32Array(4),
        time: new Float64Array(4),
        values: new Float64Array(4 * width),
      }
      this.#byStep.set(step, rows)
    }
    if (rows.count === rows.thing.length) grow(rows, width)
    rows.thing[rows.count] = thing
    rows.time[rows.count] = time
    rows.values.set(values, rows.count * width)
    rows.count++
  }

  /** What arrives at this step, in the order it was sent; null if nothing does. */
  take(step: number): LateRows | null {
    const rows = this.#byStep.get(step)
    if (rows === undefined) return null
    this.#byStep.delete(step)
    return rows
  }

  /** The last step for which something is under way; -1 if nothing is. */
  lastStep(): number {
    let last = -1
    for (const step of this.#byStep.keys()) last = Math.max(last, step)
    return last
  }
}

function grow(rows: LateRows, width: number): void {
  const { thing, time, values } = rows
  rows.thing = new Int32Array(thing.length * 2)
  rows.time = new Float64Array(thing.length * 2)
  rows.values = new Float64Array(thing.length * 2 * width)
  rows.thing.set(thing)
  rows.time.set(time)
  rows.values.set(values)
}
