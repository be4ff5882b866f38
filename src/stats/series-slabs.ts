import { createSharedMemory, type WasmMemory } from '../wasm.ts'

/**
 * Where the series of all things and behaviors lie: slabs of seats, side by side in a few large blocks.
 * A slab never moves while threads write in it, and pages never touched cost nothing. A block is a memory
 * that kernels in WebAssembly can work in, so it begins with room for what they need besides (see
 * `kernel-stage.ts`).
 */
export interface Slabs {
  blocks: readonly SlabBlock[]
  perBlock: number
  slabBytes: number
  count: number
}

export interface SlabBlock {
  /** Of all blocks that this process's main thread has made. */
  id: number
  memory: SharedArrayBuffer
  /** The same memory; null where a block is too large for WebAssembly. */
  wasm: WasmMemory | null
}

/** A slab, or a behavior's part of it; `at` is a multiple of 64. */
export interface SlabHandle {
  memory: SharedArrayBuffer
  at: number
}

/** Threads that can work in a block at once by kernels, and the bytes that each of them has there. */
export const STAGES = 32
export const STAGE_BYTES: number = 2 ** 21
/** One word per stage. */
export const CLAIMS = 0
export const FIRST_STAGE = 65_536
const FIRST_SLAB = FIRST_STAGE + STAGES * STAGE_BYTES

const LARGEST_BLOCK = 2 ** 32 - 65_536

export const NO_SLABS: Slabs = { blocks: [], perBlock: 1, slabBytes: 0, count: 0 }

let made = 0

/** A block with room for so many bytes of slabs. */
export function newBlock(bytes: number): SlabBlock {
  const size = FIRST_SLAB + bytes
  const wasm = size <= LARGEST_BLOCK ? createSharedMemory(size) : null
  const memory = wasm === null ? new SharedArrayBuffer(size) : wasm.buffer
  return { id: made++, memory: memory as SharedArrayBuffer, wasm }
}

/** So many slabs in one block. */
export function newSlabs(count: number, slabBytes: number): Slabs {
  return { blocks: [newBlock(count * slabBytes)], perBlock: Math.max(1, count), slabBytes, count }
}

/** Where a behavior's part begins, `at` bytes from the beginning of a slab. */
export function slabAt({ blocks, perBlock, slabBytes }: Slabs, slab: number, at = 0): SlabHandle {
  const { memory } = blocks[Math.floor(slab / perBlock)]!
  return { memory, at: FIRST_SLAB + (slab % perBlock) * slabBytes + at }
}

/** The block of a seat, where slabs have so many seats. */
export function blockOf({ perBlock }: Slabs, seat: number, slabSeats: number): number {
  return Math.floor(seat / (perBlock * slabSeats))
}

/** Where the rows from `from` on whose things lie in one block end, `to` at most. */
export function endOfBlock(
  slabs: Slabs,
  thing: Int32Array,
  from: number,
  to: number,
  slabSeats: number,
): number {
  if (slabs.blocks.length === 1) return to
  const block = blockOf(slabs, thing[from]!, slabSeats)
  let row = from
  while (row < to && blockOf(slabs, thing[row]!, slabSeats) === block) row++
  return row
}

/** The same of all slabs. */
export function slabsAt(slabs: Slabs, at = 0): SlabHandle[] {
  return Array.from({ length: slabs.count }, (_, slab) => slabAt(slabs, slab, at))
}
