import { packBytes, readPack } from '../../src/columnar/pack.ts'
import type { PackColumns, SourceColumns } from '../../src/detect/learning.ts'

/** Columns as they come back from a state file. */
export function writtenColumns(columns: SourceColumns): PackColumns {
  const bytes = Buffer.concat([...packBytes({ document: null, columns })])
  const read = (into: Uint8Array, at: number): void =>
    into.set(bytes.subarray(at, at + into.length))
  return readPack({ size: bytes.length, read }, 'state').columns
}
