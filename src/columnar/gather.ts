/** `out[at + i] = dictionary[indices[i]]` for i in [0, count). The indices are not negative. */
export function gatherCodes(
  dictionary: Int32Array,
  indices: Int32Array,
  count: number,
  out: Int32Array,
  at: number,
): void {
  const last = dictionary.length - 1
  let beyond = 0
  for (let i = 0; i < count; i++) {
    const index = indices[i]!
    beyond |= last - index
    out[at + i] = dictionary[index]!
  }
  if (beyond < 0) throw new RangeError('index outside of the dictionary')
}

/** As `gatherCodes`, for numbers. */
export function gatherNumbers(
  dictionary: Float64Array,
  indices: Int32Array,
  count: number,
  out: Float64Array,
  at: number,
): void {
  const last = dictionary.length - 1
  let beyond = 0
  for (let i = 0; i < count; i++) {
    const index = indices[i]!
    beyond |= last - index
    out[at + i] = dictionary[index]!
  }
  if (beyond < 0) throw new RangeError('index outside of the dictionary')
}
