/** Single or double precision: whatever the caller keeps its windows in. */
export type FloatColumn = Float32Array | Float64Array

/**
 * A window of the last values kept in ascending order, in `column[at, at + count)`: one value goes, one
 * comes, and everything between their places moves by one. The window's own order, oldest first, is
 * the caller's (a ring), who therefore knows which value goes.
 */
export function replaceInOrder(
  column: FloatColumn,
  at: number,
  count: number,
  old: number,
  value: number,
): void {
  let low = at
  let high = at + count - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (column[middle]! < old) low = middle + 1
    else high = middle
  }
  const last = at + count - 1
  if (value > old) {
    while (low < last && column[low + 1]! < value) {
      column[low] = column[low + 1]!
      low++
    }
  } else {
    while (low > at && column[low - 1]! > value) {
      column[low] = column[low - 1]!
      low--
    }
  }
  column[low] = value
}

/** As long as a window is not full: makes `count` values `count + 1`. */
export function insertInOrder(column: FloatColumn, at: number, count: number, value: number): void {
  let place = at + count
  while (place > at && column[place - 1]! > value) {
    column[place] = column[place - 1]!
    place--
  }
  column[place] = value
}

/** The middle value of `count` > 0 ascending ones, or the mean of the two in the middle. */
export function medianInOrder(column: FloatColumn, at: number, count: number): number {
  const middle = at + (count >> 1)
  return (count & 1) === 1 ? column[middle]! : (column[middle]! + column[middle - 1]!) * 0.5
}
