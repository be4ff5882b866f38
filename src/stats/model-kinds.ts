import { compactModel } from './compact-model.ts'
import { fullModel } from './full-model.ts'
import type { ModelKind } from './model.ts'
import { quantileModel } from './quantile-model.ts'

/** The model kinds a run can choose from (`--model`). */
export type ModelName = 'quantile' | 'full' | 'compact'
const KINDS: Readonly<Record<ModelName, ModelKind>> = {
  quantile: quantileModel,
  full: fullModel,
  compact: compactModel,
}
export const MODEL_NAMES = Object.keys(KINDS) as ModelName[]

export function modelKind(name: string): ModelKind {
  const kind = KINDS[name as ModelName] as ModelKind | undefined
  if (kind === undefined) throw new RangeError(`no model kind "${name}"`)
  return kind
}
