import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PendingColumns, type PendingKind } from '../../src/adapters/pending-columns.ts'
import { NameTable } from '../../src/columnar/name-table.ts'

const LISTS = new NameTable(4)
const CODES = ['["a"]', '["b","c"]', '[]'].map((text) => {
  const bytes = new TextEncoder().encode(text)
  return LISTS.codeOf(bytes, 0, bytes.length)
})

/** Rows that tell where they stand. */
function filled(kind: PendingKind, pieces: readonly number[]): PendingColumns {
  const pending = new PendingColumns(kind)
  const texts = LISTS.snapshot()
  for (const rows of pieces) {
    const start = pending.extend(rows)
    const { thing, time, value, sizes } = pending.columns
    for (let row = start; row < start + rows; row++) {
      thing[row] = row
      time[row] = row + 0.25
      value[row] = row + 0.5
      if (sizes !== null) {
        sizes.min[row] = -row
        sizes.sum[row] = 2 * row
        sizes.count[row] = row + 1
      }
      if (kind === 'listed') pending.setList(row, texts, CODES[row % 3]!)
    }
  }
  return pending
}

function rowsOf({ columns, listBytes }: PendingColumns, texts: unknown): unknown {
  const { rows, thing, time, value, sizes, lists } = columns
  const parts = [thing, time, value, sizes?.min, sizes?.sum, sizes?.count, lists?.code]
  return [rows, listBytes, texts, parts.map((part) => part?.slice(0, rows).join())]
}

test('rows that wait go over to another archive, whatever room there is behind them', () => {
  fc.assert(
    fc.property(
      fc.constantFrom<PendingKind>('plain', 'sized', 'listed'),
      fc.array(fc.integer({ min: 1, max: 6_000 }), { maxLength: 5 }),
      (kind, pieces) => {
        const before = filled(kind, pieces)
        const sealed = before.sealed()
        const after = PendingColumns.of(sealed, kind)
        expect(rowsOf(after, after.sealed().lists?.texts)).toEqual(
          rowsOf(before, sealed.lists?.texts),
        )
      },
    ),
    { numRuns: 40, examples: [['sized', [4_096, 4_097, 1]]] },
  )
})
