import type { DecodeContext } from '../../src/columnar/chunk.ts'
import { nameAt } from '../../src/columnar/name-table.ts'
import type { Segment } from '../../src/detect/ports.ts'
import { runDecode } from '../../src/tasks/decode.ts'

export const context: DecodeContext = {
  metrics: ['cpu'],
  counts: Uint8Array.of(0),
  lists: [],
  dimensioned: [],
  notAfter: Number.POSITIVE_INFINITY,
  windowMs: 300_000,
  keepRejects: 100,
  thing: null,
}

export function datapoint(thing: string, value: number): Record<string, unknown> {
  return { thing, metric: 'cpu', timestamp: 1_790_000_000_000, value }
}

export function line(thing: string, value: number): string {
  return `${JSON.stringify(datapoint(thing, value))}\n`
}

/** What a segment comes to: `thing value` per row, and `!reason` per refused row. */
export async function decoded({ source }: Pick<Segment, 'source'>): Promise<string[]> {
  const result = await runDecode({ source, context, memory: null, digest: null })
  if ('failed' in result) throw new Error(result.failed)
  const { chunk } = result
  const rows = Array.from(
    { length: chunk.rows },
    (_, i) => `${nameAt(chunk.things, chunk.thing[i]!)} ${chunk.value[i]}`,
  )
  const refused = Object.entries(chunk.rejects.counts).flatMap(([reason, count]) =>
    new Array<string>(count).fill(`!${reason}`),
  )
  return [...rows, ...refused]
}

/** What the segments come to, one after the other. */
export async function decodedAll(
  segments: AsyncIterable<Segment> | Iterable<Segment>,
): Promise<string[]> {
  const all: string[] = []
  for await (const segment of segments) all.push(...(await decoded(segment)))
  return all
}

/** Takes segments until they amount to so many rows, refused ones included. */
export async function takeRows(
  segments: AsyncIterator<Segment>,
  rows: number,
): Promise<{ rows: string[]; mark: number }> {
  const all: string[] = []
  let mark = 0
  while (all.length < rows) {
    const { done, value } = await segments.next()
    if (done === true) break
    all.push(...(await decoded(value)))
    mark = value.mark
  }
  return { rows: all, mark }
}
