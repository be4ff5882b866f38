import type { DecodeContext } from '../columnar/chunk.ts'
import { NameTable } from '../columnar/name-table.ts'

const tables = new WeakMap<DecodeContext, NameTable>()

/** The context's metrics as a table from their bytes to their index; built once per context. */
export function knownMetrics(context: DecodeContext): NameTable {
  let table = tables.get(context)
  if (table === undefined) {
    table = new NameTable(context.metrics.length)
    for (const name of context.metrics) table.codeOfString(name)
    tables.set(context, table)
  }
  return table
}
