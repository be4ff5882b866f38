/** `things.parquet`: the names behind the codes of an archive. */
import { DetectError } from '../domain/errors.ts'
import { type Names, NameTable } from './name-table.ts'
import { readFooter } from './parquet-footer.ts'
import { Physical } from './parquet-format.ts'
import { ColumnReader } from './parquet-read.ts'
import { CodeTarget, NameTarget } from './column-targets.ts'
import type { ParquetColumn } from './parquet-encode.ts'

/** The columns of `things.parquet` for these names, in the order of their codes. */
export function thingColumns(things: Names): ParquetColumn[] {
  const codes = Int32Array.from({ length: things.count }, (_, code) => code)
  return [
    { name: 'thing', type: 'INT32', values: codes },
    { name: 'name', type: 'UTF8', values: things },
  ]
}

/**
 * The names by code. Throws a DetectError when the file is no such table: its codes count 0, 1, 2, ...
 * and no two things have one name.
 */
export function readThingNames(path: string): Names {
  const footer = readFooter(path)
  const columns = footer.leaves.map((leaf) => leaf.name)
  const [thing, name] = [columns.indexOf('thing'), columns.indexOf('name')]
  const [codeType, nameType] = [footer.leaves[thing]?.type, footer.leaves[name]?.type]
  if (codeType !== Physical.INT32 || nameType !== Physical.BYTE_ARRAY) {
    throw new DetectError('archive', `${path} is no table of codes and names of things`)
  }
  const names = new NameTable(Math.max(16, footer.rows))
  let row = 0
  footer.rowGroups.forEach((group, i) => {
    const codes = new Int32Array(group.rows)
    const named = new Int32Array(group.rows)
    const [codeChunk, nameChunk] = [group.chunks[thing], group.chunks[name]]
    const reader = new ColumnReader(path, i)
    try {
      if (codeChunk !== undefined) reader.read(codeChunk, new CodeTarget(codes), 0)
      const codeOf = (bytes: Uint8Array, start: number, end: number): number =>
        names.codeOf(bytes, start, end)
      const target = new NameTarget(named, codeOf, -1, () => {})
      if (nameChunk !== undefined) reader.read(nameChunk, target, 0)
    } finally {
      reader.close()
    }
    for (let k = 0; k < group.rows; k++, row++) {
      if (codes[k] !== row || named[k] !== row) {
        throw new DetectError(
          'archive',
          `${path}: row ${row} holds code ${codes[k]}, or a name twice`,
        )
      }
    }
  })
  return names.snapshot()
}
