import type { ChunkBuilder } from '../columnar/chunk.ts'

/** Damaged input is data: a refused row that says what is wrong. */
export function refuseBroken(builder: ChunkBuilder, detail: string): void {
  builder.lines++
  builder.reject(builder.lines, 'malformed', detail, '')
}
