/** The column `list` of an archive: the values of list metrics as JSON. */
import { canonicalList } from '../domain/list-value.ts'
import type { ChunkBuilder } from './chunk.ts'
import { NameTarget } from './column-targets.ts'
import { type Names, NameTable, nameAt } from './name-table.ts'
import type { ColumnChunk } from './parquet-format.ts'
import type { ColumnReader } from './parquet-read.ts'
import type { RowNames } from './row-names.ts'

const NO_LIST = -1
const MAX_SHOWN = 80

/** The column as it is: each distinct text once, and by row its code; -1 where there is none. */
export function listColumn(
  columns: ColumnReader,
  chunk: ColumnChunk,
  rows: number,
): { code: Int32Array; texts: Names } {
  const texts = new NameTable()
  const code = new Int32Array(rows)
  const codeOf = (bytes: Uint8Array, start: number, end: number): number =>
    texts.codeOf(bytes, start, end)
  columns.read(chunk, new NameTarget(code, codeOf, NO_LIST, () => {}), 0)
  return { code, texts }
}

/**
 * Gives the rows behind the builder's own whose metric is a list the code of their list for a value; each
 * distinct text is looked at once. Rows whose text is no such list get a refusal's code for a thing.
 */
export function readLists(
  columns: ColumnReader,
  chunk: ColumnChunk,
  rows: number,
  builder: ChunkBuilder,
  names: RowNames,
): void {
  const { code: raw, texts } = listColumn(columns, chunk, rows)
  const { metric, thing, value, context } = builder
  const known = new Map<string, number>()
  for (let i = 0, row = builder.rows; i < rows; i++, row++) {
    const kind = context.lists[metric[row]!] ?? null
    if (kind === null) continue
    const key = `${kind} ${raw[i]}`
    let code = known.get(key)
    if (code === undefined) {
      const text = raw[i] === NO_LIST ? 'null' : nameAt(texts, raw[i]!)
      const list = canonicalList(kind, text)
      code =
        list === null
          ? names.refuse('not-a-list', `list ${text.slice(0, MAX_SHOWN)}`)
          : builder.things.codeOfString(list)
      known.set(key, code)
    }
    if (code < 0) thing[row] = code
    else {
      value[row] = code
      builder.lists = true
    }
  }
}
