import type { ModelKind } from './model.ts'
import type { ModelName } from './model-kinds.ts'

const LOADERS: Readonly<Record<ModelName, () => Promise<ModelKind>>> = {
  quantile: async () => (await import('./quantile-model.ts')).quantileModel,
  full: async () => (await import('./full-model.ts')).fullModel,
  compact: async () => (await import('./compact-model.ts')).compactModel,
}

/** As `modelKind`, for threads: loads no other kind, and that once. */
export function loadKind(name: string): Promise<ModelKind> {
  const load = LOADERS[name as ModelName] as (() => Promise<ModelKind>) | undefined
  if (load === undefined) throw new RangeError(`no model kind "${name}"`)
  return load()
}
