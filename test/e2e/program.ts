import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const ROOT: string = fileURLToPath(new URL('../../', import.meta.url))
const KILLING = new URL('./killing.mjs', import.meta.url).href

/** How a child process ended, and what it said. */
export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** A compiled copy of the present sources: what is tested is never a `dist` of yesterday. */
export class Program {
  readonly #directory: string

  constructor() {
    mkdirSync(join(ROOT, 'out'), { recursive: true })
    this.#directory = mkdtempSync(join(ROOT, 'out', 'test-program-'))
    const compiler = createRequire(import.meta.url).resolve('typescript/package.json')
    const options = ['-p', 'tsconfig.build.json', '--noCheck', '--outDir', this.#directory]
    execFileSync(process.execPath, [join(dirname(compiler), 'bin', 'tsc'), ...options], {
      cwd: ROOT,
    })
    for (const bundle of ['bundle:program', 'bundle:workers']) {
      const into = ['--', `--outdir=${this.#directory}`]
      execFileSync('npm', ['run', '--silent', bundle, ...into], { cwd: ROOT })
    }
  }

  /** A module of it, to be run in this process. */
  async load<Module>(path: string): Promise<Module> {
    const url = pathToFileURL(join(this.#directory, path)).href
    return (await import(/* @vite-ignore */ url)) as Module
  }

  /** Starts the command line. `kill` names the moment at which the process ends itself: see killing.mjs. */
  start(argv: readonly string[], kill: string | null = null): ChildProcessWithoutNullStreams {
    const flags = kill === null ? [] : ['--import', KILLING]
    const main = join(this.#directory, 'src', 'cli', 'main.js')
    return spawn(process.execPath, [...flags, main, ...argv], {
      env: { ...process.env, KILL_AT: kill ?? '' },
    })
  }

  /** Runs the command line to its end, or to the moment it is killed. */
  async run(argv: readonly string[], kill: string | null = null): Promise<Ended> {
    const child = this.start(argv, kill)
    child.stdin.end()
    return ended(child)
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

/** Collects what a child says until it ends. */
export async function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { code, signal, stdout, stderr }
}

/** Runs a command line to its end; fails if it did. */
export async function succeed(program: Program, argv: readonly string[]): Promise<Ended> {
  const end = await program.run(argv)
  if (end.code !== 0) throw new Error(`exit code ${end.code}: ${end.stderr}`)
  return end
}
