/** Rows as text in columns: the first and the last flush left, numbers between flush right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)))
  const lines = all.map((row) =>
    widths
      .map((width, column) => {
        const text = row[column] ?? ''
        const isText = column === 0 || column === widths.length - 1
        return isText ? text.padEnd(width) : text.padStart(width)
      })
      .join('  ')
      .trimEnd(),
  )
  return lines.join('\n')
}

/** The middle one, of an even number the higher of the two; the list has at least one. */
export function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!
}
