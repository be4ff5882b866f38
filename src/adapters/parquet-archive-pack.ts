import type { ArchivePosition } from './parquet-archive.ts'
import type { Pack, PackSource } from '../columnar/pack.ts'
import type { ArchiveColumns } from '../tasks/archive.ts'

/** An archive's position in a checkpoint: the columns of its pending rows lie beside the JSON. */
export type ArchiveDocument = Omit<ArchivePosition, 'pending'> & {
  pending: Record<string, { rows: number; sized: boolean; texts: number | null }>
}

export function packArchive(
  { pending, ...position }: ArchivePosition,
  columns: PackSource['columns'],
): ArchiveDocument {
  const described = new Map<string, ArchiveDocument['pending'][string]>()
  for (const [metric, { rows, thing, time, value, sizes, lists }] of Object.entries(pending)) {
    const texts = lists?.texts.count ?? null
    described.set(metric, { rows, sized: sizes !== null, texts })
    const name = `archive.${metric}`
    columns[`${name}.thing`] = thing.subarray(0, rows)
    columns[`${name}.time`] = time.subarray(0, rows)
    columns[`${name}.value`] = value.subarray(0, rows)
    if (lists !== null) {
      columns[`${name}.list`] = lists.code.subarray(0, rows)
      columns[`${name}.texts`] = lists.texts.bytes
      columns[`${name}.textOffsets`] = lists.texts.offsets
    }
    if (sizes === null) continue
    columns[`${name}.min`] = sizes.min.subarray(0, rows)
    columns[`${name}.sum`] = sizes.sum.subarray(0, rows)
    columns[`${name}.count`] = sizes.count.subarray(0, rows)
  }
  return { ...position, pending: Object.fromEntries(described) }
}

/** The position, or null if the checkpoint was written without an archive. */
export function unpackArchive(
  { columns }: Pack,
  document: ArchiveDocument | null,
): ArchivePosition | null {
  if (document === null) return null
  const pending = new Map<string, ArchiveColumns>()
  for (const [metric, { rows, sized, texts }] of Object.entries(document.pending)) {
    const column = (part: string) => columns[`archive.${metric}.${part}`] as Float64Array
    pending.set(metric, {
      rows,
      thing: columns[`archive.${metric}.thing`] as Int32Array,
      time: column('time'),
      value: column('value'),
      sizes: sized ? { min: column('min'), sum: column('sum'), count: column('count') } : null,
      lists: texts === null ? null : unpackLists(`archive.${metric}`, texts, columns),
    })
  }
  return { ...document, pending: Object.fromEntries(pending) }
}

function unpackLists(
  name: string,
  count: number,
  columns: Pack['columns'],
): NonNullable<ArchiveColumns['lists']> {
  const bytes = columns[`${name}.texts`] as Uint8Array
  const offsets = columns[`${name}.textOffsets`] as Int32Array
  return { code: columns[`${name}.list`] as Int32Array, texts: { count, bytes, offsets } }
}
