/** The little of the WebAssembly API that decoders and kernels use; Node's types leave it out. */
export interface WasmMemory {
  /** Replaced when the memory grows: views of the one before are empty then. */
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

interface WasmApi {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object, imports: object) => { exports: object }
  Memory: new (descriptor: { initial: number; maximum?: number; shared?: boolean }) => WasmMemory
}

const api = (globalThis as unknown as { WebAssembly: WasmApi }).WebAssembly

export const PAGE_BYTES = 65_536

/** A memory of one page. */
export function createMemory(): WasmMemory {
  return new api.Memory({ initial: 1 })
}

/** A memory of so many bytes or a little more that threads share; it never grows, and what is not touched costs nothing. */
export function createSharedMemory(bytes: number): WasmMemory {
  const pages = Math.ceil(bytes / PAGE_BYTES)
  return new api.Memory({ initial: pages, maximum: pages, shared: true })
}

export function compileModule(base64: string): object {
  return new api.Module(Buffer.from(base64, 'base64'))
}

/** The exports of a module that works in the given memory and calls the given functions, by their source. */
export function instantiate(module: object, memory: WasmMemory, functions: object = {}): object {
  return new api.Instance(module, { env: { memory }, ...functions }).exports
}
