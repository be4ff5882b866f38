import { DAY_MS, type EpochMs, HOUR_MS } from '../../src/domain/time.ts'

/** From what is measured to where it is drawn. */
export type Scale = (value: number) => number

/** A straight scale; what lies beyond its ends is drawn at them. */
export function scaleOf(from: number, to: number, start: number, end: number): Scale {
  return (value) => {
    const part = Math.min(1, Math.max(0, (value - from) / (to - from)))
    return start + part * (end - start)
  }
}

/** Round numbers within [from, to], at most about `most` of them. */
export function ticks(from: number, to: number, most: number): number[] {
  const rough = (to - from) / most
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough)! * power
  const first = Math.ceil(from / step - 1e-9)
  const last = Math.floor(to / step + 1e-9)
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const tick = (first + i) * step
    return Number(tick.toPrecision(12))
  })
}

/** Round moments within [from, to], at most `most`, and how they are written. */
export function timeTicks(
  from: EpochMs,
  to: EpochMs,
  most: number,
): { time: EpochMs; text: string }[] {
  const steps = [1, 2, 3, 6, 12, 24, 48, 168].map((hours) => hours * HOUR_MS)
  const step = steps.find((ms) => (to - from) / ms <= most) ?? Math.ceil((to - from) / most)
  const first = Math.ceil(from / step)
  const last = Math.floor(to / step)
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const time = (first + i) * step
    const iso = new Date(time).toISOString()
    return { time, text: time % DAY_MS === 0 ? iso.slice(5, 10) : iso.slice(11, 16) }
  })
}
