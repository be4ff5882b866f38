/**
 * Compiles every module `src/**\/*.as.ts` (AssemblyScript) into the `.wasm.ts` beside it, which holds the
 * module as a base64 string: it loads from source, from the compiled package and in threads alike.
 * Run it after changing such a file: `node --import tsx bench/wasm.ts`
 */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { main } from 'assemblyscript/asc'

const root: string = fileURLToPath(new URL('..', import.meta.url))

/** The memory is imported and the modules allocate nothing themselves. */
const OPTIONS = [
  '-O3',
  '--runtime',
  'stub',
  '--enable',
  'simd',
  '--importMemory',
  '--use',
  'abort=',
]

/** Sources that say so work in memory that threads share, of any size. */
const SHARED = /^\/\/ Memory: shared\.$/m
const SHARED_OPTIONS = ['--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536']

/** Paths of all AssemblyScript modules, relative to the root, in order; `.part.as.ts` are parts of others. */
export async function wasmSources(): Promise<string[]> {
  const names = await readdir(join(root, 'src'), { recursive: true })
  return names
    .filter((name) => name.endsWith('.as.ts') && !name.endsWith('.part.as.ts'))
    .map((name) => join('src', name))
    .sort()
}

/** The path of the generated module that belongs to a source. */
export function generatedPath(source: string): string {
  return join(root, source.replace(/\.as\.ts$/, '.wasm.ts'))
}

/** Decorators are written as comments in our sources, as TypeScript allows none on functions. */
function decorated(source: string): string {
  return source.replace(/^\/\/ @inline$/gm, '@inline')
}

/** The text of the generated module. Throws with the compiler's words when the source is wrong. */
export async function compileWasm(source: string): Promise<string> {
  let binary = new Uint8Array()
  let complaints = ''
  const isShared = SHARED.test(await readFile(join(root, source), 'utf8'))
  const options = isShared ? [...OPTIONS, '--enable', 'threads', ...SHARED_OPTIONS] : OPTIONS
  const { error } = await main(
    [source, '--outFile', 'module.wasm', '--baseDir', root, ...options],
    {
      stderr: { write: (text) => void (complaints += String(text)) },
      readFile: (name, directory) =>
        readFile(join(directory, name), 'utf8').then(decorated, () => null),
      writeFile: (_name, contents) => {
        binary = contents as Uint8Array<ArrayBuffer>
      },
      listFiles: () => [],
    },
  )
  if (error !== null) throw new Error(`${source}: ${error.message}\n${complaints}`)
  const base64 = Buffer.from(binary).toString('base64')
  const origin = `Generated from ${basename(source)} by \`node --import tsx bench/wasm.ts\`: do not edit.`
  return `/** ${origin} */\nexport const WASM_BASE64: string =\n  '${base64}'\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const source of await wasmSources()) {
    const text = await compileWasm(source)
    await writeFile(generatedPath(source), text)
    console.log(`${source}: ${text.length} characters`)
  }
}
