import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { expect, test } from 'vitest'

/** What loading a module loads: files by path, packages by name. Types vanish, dynamic imports wait. */
function loadedBy(path: string, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(path)) return seen
  seen.add(path)
  const imports = /^(?:import|export) (?!type\b)(?:[^'"]*? from )?'([^']+)'/gms
  for (const [, specifier] of readFileSync(path, 'utf8').matchAll(imports)) {
    if (specifier!.startsWith('.')) loadedBy(resolve(dirname(path), specifier!), seen)
    else seen.add(specifier!)
  }
  return seen
}

test('help and checks load neither streams, nor threads, nor Arrow, nor Parquet', () => {
  const loaded = loadedBy(resolve('src/cli/main.ts'))
  expect(loaded).toContain(resolve('src/cli/validate.ts'))
  expect(loaded).toContain('node:util')
  const packages = [...loaded].filter((name) => !name.startsWith('/') && !name.startsWith('node:'))
  // The format names come with the sniffer, which knows CBOR.
  expect(packages).toEqual(['cborg'])
})
