export type Align = 'left' | 'right'

/** A line of output fits on any screen. */
export const LINE_WIDTH = 100
const GAP = 2
const LEAST_WIDTH = 8

/**
 * Lines of aligned columns, the first row being the titles. Where a line would be wider than
 * `LINE_WIDTH`, the widest left-aligned columns give way.
 */
export function formatTable(
  rows: readonly (readonly string[])[],
  align: readonly Align[],
  indent = 2,
): string[] {
  const widths = align.map((_, column) =>
    Math.max(...rows.map((row) => characters(row[column] ?? '').length)),
  )
  shrink(widths, align, LINE_WIDTH - indent - GAP * (widths.length - 1))
  return rows.map((row) => {
    const cells = row.map((cell, column) => {
      const text = shortened(cell, widths[column]!)
      const padding = ' '.repeat(widths[column]! - characters(text).length)
      return align[column] === 'left' ? text + padding : padding + text
    })
    return `${' '.repeat(indent)}${cells.join(' '.repeat(GAP))}`.trimEnd()
  })
}

function shrink(widths: number[], align: readonly Align[], room: number): void {
  let excess = widths.reduce((sum, width) => sum + width, 0) - room
  while (excess > 0) {
    let widest = -1
    for (let column = 0; column < widths.length; column++) {
      if (align[column] !== 'left' || widths[column]! <= LEAST_WIDTH) continue
      if (widest < 0 || widths[column]! > widths[widest]!) widest = column
    }
    if (widest < 0) return
    widths[widest]!--
    excess--
  }
}

/** The text, or its start and an ellipsis. */
export function shortened(text: string, width: number): string {
  const all = characters(text)
  return all.length <= width ? text : `${all.slice(0, Math.max(0, width - 1)).join('')}…`
}

function characters(text: string): string[] {
  return Array.from(text)
}

/** Breaks words into lines of at most `width` characters; a longer word stays whole. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
