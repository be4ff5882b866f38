import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync } from 'node:fs'
import { statSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { DecodeContext } from '../columnar/chunk.ts'
import type { InputRun } from '../detect/ports.ts'
import type { EpochMs } from '../domain/time.ts'
import type { SortedBucket } from './spill-buckets.ts'

const MARKER = 'complete.json'
const FORMAT = 1
/** Files brought to the disk at the same time. */
const SYNCS = 8

/** What rows in a spill depend on beside the input. */
export interface SpillSettings {
  windowMs: number
  /** Rows carry indexes into these. */
  metrics: readonly string[]
  lists: DecodeContext['lists']
  dimensioned: DecodeContext['dimensioned']
  /** The thing of rows without a name. */
  thing: string | null
  limit: EpochMs | null
}

/** An input as it was when it was read; one without a size (a pipe) cannot be told from another. */
export interface SpillInput {
  name: string
  bytes: number | null
  mtimeMs: number | null
}

/** Says that all rows of the inputs are in the buckets. */
export interface SpillMarker {
  settings: SpillSettings
  inputs: SpillInput[]
  buckets: SortedBucket[]
}

export function describeInputs(runs: readonly InputRun[]): SpillInput[] {
  return runs.map(({ name, bytes }) => {
    const stat = bytes === null ? undefined : statSync(name, { throwIfNoEntry: false })
    return { name, bytes, mtimeMs: stat?.mtimeMs ?? null }
  })
}

/** Writes the marker once all that it vouches for is on the disk. */
export async function writeMarker(directory: string, marker: SpillMarker): Promise<void> {
  const names = marker.buckets.flatMap(({ files }) => files.map(({ name }) => name))
  const left = names.values()
  const lane = async (): Promise<void> => {
    for (const name of left) await sync(join(directory, name))
  }
  await Promise.all(Array.from({ length: SYNCS }, lane))
  const path = join(directory, MARKER)
  writeFileSync(`${path}.tmp`, JSON.stringify({ format: FORMAT, ...marker }))
  await sync(`${path}.tmp`)
  renameSync(`${path}.tmp`, path)
  const folder = openSync(directory, 'r')
  fsyncSync(folder)
  closeSync(folder)
}

export async function sync(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.datasync()
  } finally {
    await file.close()
  }
}

/** The marker of a complete spill whose files are all there in full, else null. */
export function readMarker(directory: string): SpillMarker | null {
  const path = join(directory, MARKER)
  if (!existsSync(path)) return null
  let marker: SpillMarker & { format: unknown }
  try {
    marker = JSON.parse(readFileSync(path, 'utf8')) as SpillMarker & { format: unknown }
  } catch {
    return null
  }
  if (marker.format !== FORMAT) return null
  const { settings, inputs, buckets } = marker
  const whole = buckets.every(({ files }) =>
    files.every(({ name, cuts }) => {
      const stat = statSync(join(directory, name), { throwIfNoEntry: false })
      return stat?.size === cuts.at(-1)
    }),
  )
  return whole ? { settings, inputs, buckets } : null
}
