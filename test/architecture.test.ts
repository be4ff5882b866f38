import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'

/** From the inside out: a layer may import those on its left, but for the exceptions below. */
const LAYERS =
  'domain wasm store columnar stats formats synthetic tasks window detect respond adapters api service compose cli'.split(
    ' ',
  )

/** Neighbours that do not know each other, and what is nobody's but the outermost layer's. */
const APART: Readonly<Record<string, readonly string[]>> = {
  columnar: ['store'],
  stats: ['columnar', 'store'],
  formats: ['store'],
  synthetic: ['store'],
  tasks: ['synthetic', 'store'],
  window: ['synthetic', 'store'],
  detect: ['synthetic', 'store'],
  respond: 'columnar stats formats synthetic tasks window detect'.split(' '),
  adapters: ['synthetic', 'store'],
  api: 'columnar stats formats synthetic tasks window detect adapters'.split(' '),
  service: ['synthetic'],
  compose: ['synthetic'],
}

/** The only files (or folders) that may name a package. */
const PACKAGES: readonly [name: RegExp, where: RegExp][] = [
  [/^apache-arrow/, /^src\/columnar\//],
  [/^(parquetjs|hyparquet)/, /^src\/columnar\/parquet\.ts$/],
  [/^piscina$/, /^src\/detect\/pool\.ts$/],
  [/^libsql$|^node:sqlite$/, /^src\/store\/database\.ts$/],
  [/^@aws-sdk\//, /^src\/adapters\/sns\.ts$/],
  [/^(hono|@hono)/, /^src\/api\//],
  [/^rxjs/, /^src\/(window|detect|adapters)\/|^src\/compose/],
]

const CLOCK_OR_CHANCE = /Date\.now|new Date\(\s*\)|Math\.random|performance\.now|randomUUID/

interface Module {
  path: string
  /** Without comments. */
  code: string
  lines: number
  /** Paths within the repository, and names of packages. */
  imports: string[]
}

const root = new URL('../', import.meta.url)
const modules: Module[] = ['src', 'workers'].flatMap((folder) =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.as.ts'))
    .map((name) => readModule(`${folder}/${name}`)),
)

function readModule(path: string): Module {
  const text = readFileSync(new URL(path, root), 'utf8')
  const code = text.replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '')
  const named = code.matchAll(/(?:\bfrom|\bimport|\brequire|\bresolve)\s*\(?\s*'([^'\n]+)'/g)
  const imports = [...named].map(([, name]) =>
    name!.startsWith('.') ? posix.join(posix.dirname(path), name!) : name!,
  )
  return { path, code, lines: text.split('\n').length - 1, imports }
}

function layerOf(path: string): string {
  return path.split('/')[1]!.replace(/\.ts$/, '')
}

/** `importer -> imported` for all imports that `forbidden` is true of. */
function offences(forbidden: (from: Module, imported: string) => boolean): string[] {
  return modules.flatMap((from) =>
    from.imports
      .filter((imported) => forbidden(from, imported))
      .map((to) => `${from.path} -> ${to}`),
  )
}

describe('the architecture', () => {
  test('is looked at as a whole', () => {
    expect(modules.length).toBeGreaterThan(60)
    expect(modules.flatMap(({ imports }) => imports).length).toBeGreaterThan(200)
    const packages = new Set(modules.flatMap(({ imports }) => imports))
    for (const [name] of PACKAGES) expect([...packages].some((used) => name.test(used))).toBe(true)
  })

  test('imports point from right to left', () => {
    expect(
      offences(({ path }, to) => {
        if (!path.startsWith('src/') || !to.startsWith('src/')) return false
        const [from, imported] = [layerOf(path), layerOf(to)]
        if (from === imported) return false
        const inner = LAYERS.slice(0, Math.max(0, LAYERS.indexOf(from)))
        return !inner.includes(imported) || (APART[from] ?? []).includes(imported)
      }),
    ).toEqual([])
  })

  test('no adapter is built on another: what implements a port, only its own files import', () => {
    const nameOf = (path: string): string => /^[^-.]+/.exec(posix.basename(path))![0]
    const implementing = modules.filter(
      ({ path, imports }) =>
        layerOf(path) === 'adapters' && imports.includes('src/detect/ports.ts'),
    )
    expect(implementing.length).toBeGreaterThan(0)
    const taken = new Set(implementing.map(({ path }) => path))
    expect(
      offences(
        ({ path }, to) =>
          layerOf(path) === 'adapters' && taken.has(to) && nameOf(path) !== nameOf(to),
      ),
    ).toEqual([])
  })

  test('each package is named in one place', () => {
    expect(
      offences(({ path }, to) => PACKAGES.some(([name, at]) => name.test(to) && !at.test(path))),
    ).toEqual([])
  })

  test('worker entries are thin, and nothing in src imports them', () => {
    const entries = modules.filter(({ path }) => path.startsWith('workers/'))
    expect(entries.length).toBeGreaterThan(0)
    expect(entries.filter(({ lines }) => lines >= 40)).toEqual([])
    expect(
      offences(({ path }, to) => path.startsWith('workers/') && !to.startsWith('src/tasks/')),
    ).toEqual([])
    expect(
      offences(({ path }, to) => path.startsWith('src/') && /^(workers|bench|test)\//.test(to)),
    ).toEqual([])
  })

  test('time and chance are arguments everywhere but at the edge', () => {
    const inner = modules.filter(({ path }) => !/^src\/(compose|cli\/)/.test(path))
    expect(inner.filter(({ code }) => CLOCK_OR_CHANCE.test(code)).map(({ path }) => path)).toEqual(
      [],
    )
  })
})
