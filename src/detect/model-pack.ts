import type { FittedModel } from '../stats/model.ts'

/** The models in force side by side in one shared memory: one handle for a task to carry. */
export interface ModelPack {
  models: readonly (FittedModel | null)[]
  /** No other pack of this process has it; 0 for no models. */
  number: number
  memory: SharedArrayBuffer
  /** Where each model lies. */
  places: readonly ({ offset: number; length: number } | null)[]
}

let packs = 0

export function packModels(models: readonly (FittedModel | null)[]): ModelPack {
  let bytes = 0
  const places = models.map((model) => {
    if (model === null) return null
    const place = { offset: bytes, length: model.bytes.length }
    bytes = (bytes + model.bytes.length + 7) & ~7
    return place
  })
  const memory = new SharedArrayBuffer(bytes)
  for (const [i, place] of places.entries()) {
    if (place !== null) new Uint8Array(memory).set(models[i]!.bytes, place.offset)
  }
  return { models, number: bytes === 0 ? 0 : ++packs, memory, places }
}
