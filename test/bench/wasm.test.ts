import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { compileWasm, generatedPath, wasmSources } from '../../bench/wasm.ts'

const sources = await wasmSources()

test('there are sources to compile', () => {
  expect(sources).toContain('src/formats/ndjson.as.ts')
})

test.each(sources)('%s is what its generated module was made from', async (source) => {
  expect(await compileWasm(source)).toBe(await readFile(generatedPath(source), 'utf8'))
})
