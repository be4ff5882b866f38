import { readFileSync } from 'node:fs'
import { ChunkBuilder, type DecodeContext } from '../../src/columnar/chunk.ts'
import { ML_METRICS } from '../../src/domain/metric.ts'

export const METRICS: readonly string[] = [
  ...ML_METRICS.map((metric) => metric.name),
  'cpu_usage',
  'aws:num-authorization-failures[admin-topics IN]',
]

export function newBuilder(context: Partial<DecodeContext> = {}): ChunkBuilder {
  const metrics = context.metrics ?? METRICS
  return new ChunkBuilder(
    {
      metrics,
      counts: Uint8Array.from(metrics, (name) => (name.startsWith('aws:') ? 1 : 0)),
      lists: [],
      dimensioned: [],
      notAfter: Number.POSITIVE_INFINITY,
      windowMs: 300_000,
      keepRejects: 1_000,
      thing: null,
      ...context,
    },
    16,
  )
}

/** The builder's rows as `thing metric time value`. */
export function rowsOf(builder: ChunkBuilder): string[] {
  const { rows, thing, metric, time, value } = builder.chunk()
  return Array.from({ length: rows }, (_, i) =>
    [builder.things.name(thing[i]!), builder.context.metrics[metric[i]!], time[i], value[i]].join(
      ' ',
    ),
  )
}

/** The rows that are no explicit zeros. */
export function movedRows(builder: ChunkBuilder): string[] {
  return rowsOf(builder).filter((row) => !row.endsWith(' 0'))
}

/** The builder's rejects as `line reason: detail`. */
export function rejectsOf(builder: ChunkBuilder): string[] {
  return builder.rejects.rows.map(({ line, reason, detail }) => `${line} ${reason}: ${detail}`)
}

export function sampleBytes(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../samples/${name}`, import.meta.url)))
}

export function sampleText(name: string): string {
  return new TextDecoder().decode(sampleBytes(name))
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
