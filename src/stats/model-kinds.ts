import type { ModelKind } from './model.ts'
import { quantileModel } from './quantile-model.ts'

/** The model kinds a run can choose from (`--model`). */
export const MODEL_KINDS: Readonly<Record<string, ModelKind>> = { quantile: quantileModel }

export function modelKind(name: string): ModelKind {
  const kind = MODEL_KINDS[name]
  if (kind === undefined) throw new RangeError(`no model kind "${name}"`)
  return kind
}
