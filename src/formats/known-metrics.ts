import type { DecodeContext } from '../columnar/chunk.ts'
import { NameTable } from '../columnar/name-table.ts'

const tables = new WeakMap<DecodeContext, { all: NameTable; numeric: NameTable }>()

/** The context's metrics as a table from their bytes to their index; built once per context. */
export function knownMetrics(context: DecodeContext): NameTable {
  return tablesOf(context).all
}

/** As `knownMetrics`, but lists are not found in it: for those who read numbers only. */
export function numericMetrics(context: DecodeContext): NameTable {
  return tablesOf(context).numeric
}

function tablesOf(context: DecodeContext): { all: NameTable; numeric: NameTable } {
  let known = tables.get(context)
  if (known === undefined) {
    const all = new NameTable(context.metrics.length)
    const numeric = new NameTable(context.metrics.length)
    for (const [i, name] of context.metrics.entries()) {
      all.codeOfString(name)
      // No name of a metric begins with a control character.
      numeric.codeOfString((context.lists[i] ?? null) === null ? name : `\u0000${name}`)
    }
    known = { all, numeric }
    tables.set(context, known)
  }
  return known
}
