import type { ColumnParts, PackColumn } from '../columnar/pack.ts'
import { PAGE } from '../columnar/pane-columns.ts'
import { aggregationOf } from '../domain/metric-table.ts'
import type { Pane } from '../window/pane.ts'
import type { CheckpointDocument } from './checkpoint.ts'
import type { Detector } from './detector.ts'
import type { SourceColumns } from './learning.ts'

/** The metrics of a checkpoint. */
type SavedMetrics = Pick<CheckpointDocument, 'metrics' | 'valueKinds'>

/** What a checkpoint says of an open window in JSON. */
export interface PaneDocument {
  window: number
  /** How many lists its cells speak of. */
  lists: number
  residues: [number, number][]
  versions: [cell: number, identity: number, version: number, offset: number, value: number][]
}
/** Columns by thing grow ahead of the things: what lies behind `capacity` is nobody's, and is left out. */
export function packPane(
  pane: Pane,
  name: string,
  capacity: number,
  columns: SourceColumns,
): PaneDocument {
  columns[`${name}.cells`] = filledCells(pane, 'i32', (cells) => cells)
  columns[`${name}.values`] = filledCells(pane, 'f64', (cells) =>
    Float64Array.from(cells, (cell) => pane.value[cell]!),
  )
  columns[`${name}.marks`] = filledCells(pane, 'u32', (cells) =>
    Uint32Array.from(cells, (cell) => pane.mark[cell]!),
  )
  const places = capacity * pane.shape.sizeMetrics.length
  columns[`${name}.sizeMin`] = pane.sizeMin.subarray(0, places)
  columns[`${name}.sizeSum`] = pane.sizeSum.subarray(0, places)
  columns[`${name}.sizeCount`] = pane.sizeCount.subarray(0, places)
  const lists = pane.lists.names
  columns[`${name}.lists`] = lists.bytes.subarray(0, pane.lists.bytes)
  columns[`${name}.listOffsets`] = lists.offsets.subarray(0, lists.count + 1)
  const versions: PaneDocument['versions'] = []
  for (const [cell, values] of pane.versions) {
    for (const [identity, { version, offset, value }] of values) {
      versions.push([cell, identity, version, offset, value])
    }
  }
  return { window: pane.window, lists: lists.count, residues: [...pane.residues], versions }
}

const CELLS_AT_ONCE = 65_536

/** Something of each filled cell of a pane, in their order. */
function filledCells(
  pane: Pane,
  type: ColumnParts['type'],
  of: (cells: Int32Array) => PackColumn,
): ColumnParts {
  function* parts(): Generator<PackColumn> {
    const cells = new Int32Array(CELLS_AT_ONCE)
    let count = 0
    for (let cell = 0; cell < pane.mark.length; cell++) {
      if (pane.mark[cell] === 0) continue
      cells[count++] = cell
      if (count < CELLS_AT_ONCE) continue
      yield of(cells)
      count = 0
    }
    yield of(cells.subarray(0, count))
  }
  return { type, length: pane.filled, parts }
}

export function restorePane(
  saved: PaneDocument,
  name: string,
  columns: Record<string, PackColumn>,
  metrics: SavedMetrics,
  detector: Detector,
): void {
  const pane = detector.windower.pane(saved.window)
  const moved = cellMover(metrics, detector)
  const resized = placeMover(metrics, detector)
  pane.lists.restore({
    count: saved.lists,
    bytes: columns[`${name}.lists`] as Uint8Array,
    offsets: columns[`${name}.listOffsets`] as Int32Array,
  })
  const cells = columns[`${name}.cells`]!
  const values = columns[`${name}.values`]!
  const marks = columns[`${name}.marks`]!
  for (let i = 0; i < cells.length; i++) {
    const cell = moved(cells[i]!)
    if (cell < 0) continue
    pane.value[cell] = values[i]!
    pane.mark[cell] = marks[i]!
    pane.filled++
  }
  for (const sizes of ['sizeMin', 'sizeSum', 'sizeCount'] as const) {
    for (const [at, value] of columns[`${name}.${sizes}`]!.entries()) {
      const place = resized(at)
      if (place >= 0) pane[sizes][place] = value
    }
  }
  for (const [key, lost] of saved.residues) {
    const to = key < 0 ? resized(-1 - key) : moved(key)
    if (to >= 0) pane.residues.set(key < 0 ? -1 - to : to, lost)
  }
  for (const [key, identity, version, offset, value] of saved.versions) {
    const cell = moved(key)
    if (cell >= 0) pane.addVersion(cell, identity, version, offset, value)
  }
}

/** Where a saved cell lies among the present metrics; -1 if its metric is gone, or is another kind of thing. */
function cellMover(
  { metrics: saved, valueKinds }: SavedMetrics,
  { metrics }: Detector,
): (cell: number) => number {
  const places = saved.map((name, i) =>
    metrics.findIndex((metric) => metric.name === name && metric.valueKind === valueKinds[i]),
  )
  return (cell) => {
    const page = Math.floor(cell / (PAGE * saved.length))
    const metric = places[Math.floor((cell % (PAGE * saved.length)) / PAGE)]!
    return metric < 0 ? -1 : (page * metrics.length + metric) * PAGE + (cell % PAGE)
  }
}

/** As `cellMover`, for where minimum, sum and count of a size lie. */
function placeMover(
  { metrics: saved }: SavedMetrics,
  { metrics, windower }: Detector,
): (place: number) => number {
  const { sizeMetrics } = windower.shape
  const now = sizeMetrics.map((metric) => metrics[metric]!.name)
  const before = saved.filter((name) => aggregationOf(name) === 'size')
  const ordinals = before.map((name) => now.indexOf(name))
  return (place) => {
    const ordinal = ordinals[place % before.length]!
    return ordinal < 0 ? -1 : Math.floor(place / before.length) * now.length + ordinal
  }
}
