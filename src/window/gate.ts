/**
 * RxJS has no back pressure; this is ours: a number of permits. Whoever lets work in takes one and
 * waits while there is none; whoever is done with it gives it back.
 */
export class Gate {
  readonly permits: number
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(permits: number) {
    this.permits = permits
    this.#free = permits
  }

  async enter(): Promise<void> {
    if (this.#free > 0) {
      this.#free--
      return
    }
    await new Promise<void>((admit) => {
      this.#waiting.push(admit)
    })
  }

  leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free++
    else next()
  }

  /** Waits until nothing is inside, keeps it so while `work` runs, and opens again. */
  async whileEmpty<T>(work: () => Promise<T>): Promise<T> {
    for (let i = 0; i < this.permits; i++) await this.enter()
    try {
      return await work()
    } finally {
      for (let i = 0; i < this.permits; i++) this.leave()
    }
  }
}
