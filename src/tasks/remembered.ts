import { statSync } from 'node:fs'

/** Footers and names are read once per thread and version of the file. */
const files = new Map<string, { stamp: string; value: unknown }>()
const REMEMBERED_FILES = 64

export function remembered<T>(path: string, read: (path: string) => T): T {
  const { mtimeMs, size } = statSync(path)
  const stamp = `${mtimeMs}:${size}`
  const known = files.get(path)
  if (known?.stamp === stamp) return known.value as T
  const value = read(path)
  files.delete(path)
  files.set(path, { stamp, value })
  if (files.size > REMEMBERED_FILES) files.delete(files.keys().next().value!)
  return value
}
