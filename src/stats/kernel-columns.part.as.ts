// AssemblyScript, part of the kernels: where the columns of rows lie, and what their flags say; see kernel-stage.ts.

export const UNWATCHED: i32 = 1
export const UNLEARNED: i32 = 2

export let thingAt: usize = 0
export let windowAt: usize = 0
export let valueAt: usize = 0
/** Of bytes, by row. */
export let flagsAt: usize = 0
export let meanAt: usize = 0
export let medianAt: usize = 0
export let sAt: usize = 0
export let s0At: usize = 0
export let slowAt: usize = 0

export function columns(
  thing: usize,
  window: usize,
  value: usize,
  flags: usize,
  mean: usize,
  median: usize,
  s: usize,
  s0: usize,
  slow: usize,
): void {
  thingAt = thing
  windowAt = window
  valueAt = value
  flagsAt = flags
  meanAt = mean
  medianAt = median
  sAt = s
  s0At = s0
  slowAt = slow
}

/** A row that is nobody's; `i4` is its offset in columns of 32-bit numbers. */
export function skip(i4: usize): void {
  store<f32>(meanAt + i4, NaN)
  store<f32>(medianAt + i4, NaN)
  store<f32>(sAt + i4, NaN)
  store<f32>(s0At + i4, NaN)
  store<f32>(slowAt + i4, NaN)
}
