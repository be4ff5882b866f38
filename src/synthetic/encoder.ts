import type { FleetChunk } from './fleet-chunk.ts'

/** Chunks to the bytes of a file. What a call returns is valid until the next one. */
export interface FleetEncoder {
  encode(chunk: FleetChunk): Uint8Array
  /** What remains to be written, once, after the last chunk. */
  end(): Uint8Array
}
