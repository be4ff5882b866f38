/** Where a table's columns stand: plain data, so that threads that never saw the header know it. */
export interface CsvLayout {
  /** The byte between fields: a comma, a semicolon or a tab. */
  delimiter: number
  /** 0-based columns of the four parts of a datapoint. */
  thing: number
  metric: number
  timestamp: number
  value: number
  /** -1 where there is none. */
  dimension: number
}

const DELIMITERS = [',', ';', '\t']

const COLUMN_NAMES = {
  thing: ['thing', 'thingname', 'thing_name', 'device'],
  metric: ['metric', 'name'],
  timestamp: ['timestamp', 'time', 'ts'],
  value: ['value'],
  dimension: ['dimension'],
}

/**
 * The layout that a table's first line announces: `thing` (`thingName`, `thing_name`, `device`),
 * `metric` (`name`), `timestamp` (`time`, `ts`) and `value` in any order and case, among any other
 * columns; a `dimension` (`name`, `name IN` or `name NOT_IN`) may narrow the metric. Null when the line is no such header. Of columns with one meaning the best name wins
 * (`metric` before `name`), of equal ones the first.
 */
export function readCsvHeader(line: string): CsvLayout | null {
  const text = line.replace(/^\ufeff/, '').replace(/\r?\n?$/, '')
  for (const delimiter of DELIMITERS) {
    const fields = splitCsvLine(text, delimiter)?.map((field) => field.trim().toLowerCase())
    if (fields === undefined) continue
    const thing = columnOf(fields, COLUMN_NAMES.thing)
    const metric = columnOf(fields, COLUMN_NAMES.metric)
    const timestamp = columnOf(fields, COLUMN_NAMES.timestamp)
    const value = columnOf(fields, COLUMN_NAMES.value)
    const dimension = columnOf(fields, COLUMN_NAMES.dimension)
    if (Math.min(thing, metric, timestamp, value) >= 0) {
      return { delimiter: delimiter.charCodeAt(0), thing, metric, timestamp, value, dimension }
    }
  }
  return null
}

function columnOf(fields: string[], names: string[]): number {
  for (const name of names) {
    const column = fields.indexOf(name)
    if (column >= 0) return column
  }
  return -1
}

/**
 * The fields of one line as RFC 4180 has them: quoted ones may hold delimiters and doubled quotes.
 * Null when a quote is not closed or something follows it. A quote inside an unquoted field stands
 * for itself.
 */
export function splitCsvLine(text: string, delimiter: string): string[] | null {
  const fields: string[] = []
  let at = 0
  for (;;) {
    let end = at
    if (text[at] === '"') {
      end = closingQuote(text, at + 1)
      if (end < 0) return null
      fields.push(text.slice(at + 1, end).replaceAll('""', '"'))
      end++
      if (end < text.length && text[end] !== delimiter) return null
    } else {
      end = text.indexOf(delimiter, at)
      if (end < 0) end = text.length
      fields.push(text.slice(at, end))
    }
    if (end === text.length) return fields
    at = end + 1
  }
}

function closingQuote(text: string, start: number): number {
  let at = text.indexOf('"', start)
  while (at >= 0 && text[at + 1] === '"') at = text.indexOf('"', at + 2)
  return at
}
