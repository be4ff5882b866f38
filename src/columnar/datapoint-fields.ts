/** The four fields of a datapoint and the names under which tables of other makers carry them. */
export type DatapointField = 'thing' | 'metric' | 'timestamp' | 'value'

const NAMES: Readonly<Record<DatapointField, readonly string[]>> = {
  thing: ['thing', 'thingname', 'thing_name', 'device'],
  metric: ['metric', 'name'],
  timestamp: ['timestamp'],
  value: ['value'],
}

/**
 * Which of a table's columns holds the field: the first of the field's names that there is, upper or
 * lower case. -1 when there is none.
 */
export function columnOf(field: DatapointField, columns: readonly string[]): number {
  const lower = columns.map((name) => name.toLowerCase())
  for (const name of NAMES[field]) {
    const found = lower.indexOf(name)
    if (found >= 0) return found
  }
  return -1
}
