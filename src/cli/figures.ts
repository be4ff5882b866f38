import { DAY_MS, type EpochMs, HOUR_MS, MINUTE_MS, SECOND_MS } from '../domain/time.ts'

/** `12,345,678`. */
export function grouped(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `3 things`, `1 thing`. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** `950`, `12.3 k`, `3.10 M`: three digits. */
export function rounded(value: number): string {
  const steps: [number, string][] = [
    [1e9, ' G'],
    [1e6, ' M'],
    [1e3, ' k'],
  ]
  const step = steps.find(([size]) => Math.abs(value) >= size * 0.9995)
  if (step === undefined) return String(Number(value.toPrecision(3)))
  const scaled = value / step[0]
  return `${scaled.toFixed(scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2)}${step[1]}`
}

/** `48.4 MB`; decimal units. */
export function bytesText(bytes: number): string {
  const text = rounded(bytes)
  return text.includes(' ') ? `${text}B` : `${text} B`
}

/** A measured value: five significant digits, large ones as whole numbers. */
export function numberText(value: number): string {
  return Math.abs(value) >= 10_000 ? grouped(value) : String(Number(value.toPrecision(5)))
}

/** `2026-01-05 12:05`, UTC. */
export function timeText(time: EpochMs): string {
  return new Date(time).toISOString().slice(0, 16).replace('T', ' ')
}

/** How long something took: `340 ms`, `12.3 s`, `2 min 5 s`, `3 h 20 min`. */
export function elapsedText(ms: number): string {
  if (ms < SECOND_MS) return `${Math.round(ms)} ms`
  if (ms < MINUTE_MS) return `${(ms / SECOND_MS).toFixed(1)} s`
  if (ms < HOUR_MS) return inTwo(Math.round(ms / SECOND_MS), 'min', 's')
  return inTwo(Math.round(ms / MINUTE_MS), 'h', 'min')
}

function inTwo(count: number, large: string, small: string): string {
  const rest = count % 60 === 0 ? '' : ` ${count % 60} ${small}`
  return `${Math.floor(count / 60)} ${large}${rest}`
}

/** `0:42`, `1:05:09`. */
export function clockText(ms: number): string {
  const seconds = Math.round(ms / SECOND_MS)
  const two = (value: number): string => String(value).padStart(2, '0')
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`
}

/** A length of time as options write it: `90s`, `5m`, `1h`, `14d`. */
export function durationText(ms: number): string {
  const units: [number, string][] = [
    [DAY_MS, 'd'],
    [HOUR_MS, 'h'],
    [MINUTE_MS, 'm'],
    [SECOND_MS, 's'],
  ]
  const unit = units.find(([size]) => ms >= size && ms % size === 0)
  return unit === undefined ? `${ms}ms` : `${ms / unit[0]}${unit[1]}`
}
