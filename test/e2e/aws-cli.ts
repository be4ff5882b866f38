import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The command line of AWS, found on this machine. */
export interface AwsCli {
  path: string
  /** `aws-cli/2.9.19 Python/3.11.2 ...` */
  version: string
}

/** How a command ended, and what it printed. */
export interface Printed {
  code: number
  stdout: string
  stderr: string
}

/** The first `aws` that runs, Debian's before others; or why there is none. */
export function findAwsCli(): AwsCli | string {
  const folders = ['/usr/bin', ...(process.env.PATH ?? '').split(delimiter)]
  const tried: string[] = []
  for (const path of new Set(folders.map((folder) => join(folder, 'aws')))) {
    if (!existsSync(path)) continue
    const { status, stdout, stderr } = spawnSync(path, ['--version'], { encoding: 'utf8' })
    const version = `${stdout}${stderr}`.trim()
    if (status === 0 && version.startsWith('aws-cli/')) return { path, version }
    tried.push(`${path} does not work`)
  }
  return tried.length === 0 ? 'there is no aws on this machine' : tried.join(', ')
}

/** Runs `aws iot` commands against an endpoint, signed with a key, and nothing of the user's own configuration. */
export class AwsIot {
  readonly #cli: AwsCli
  readonly #endpoint: string
  readonly #env: Record<string, string>

  constructor(cli: AwsCli, endpoint: string, home: string, key: { id: string; secret: string }) {
    this.#cli = cli
    this.#endpoint = endpoint
    this.#env = {
      PATH: process.env.PATH ?? '',
      HOME: home,
      AWS_CONFIG_FILE: join(home, 'none'),
      AWS_SHARED_CREDENTIALS_FILE: join(home, 'none'),
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ACCESS_KEY_ID: key.id,
      AWS_SECRET_ACCESS_KEY: key.secret,
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_PAGER: '',
      LC_ALL: 'C.UTF-8',
    }
  }

  run(args: readonly string[]): Promise<Printed> {
    const argv = ['iot', ...args, '--endpoint-url', this.#endpoint, '--output', 'json']
    return new Promise((resolve) => {
      execFile(this.#cli.path, argv, { env: this.#env }, (error, stdout, stderr) => {
        const code = error === null ? 0 : Number(error.code ?? -1)
        resolve({ code, stdout, stderr })
      })
    })
  }

  /** What a command prints, as JSON; it must succeed and print something. */
  async json(...args: string[]): Promise<Record<string, unknown>> {
    const { code, stdout, stderr } = await this.run(args)
    if (code !== 0) throw new Error(`aws iot ${args.join(' ')}: exit code ${code}: ${stderr}`)
    return JSON.parse(stdout) as Record<string, unknown>
  }

  /** A command that succeeds and prints nothing. */
  async silently(...args: string[]): Promise<void> {
    const { code, stdout, stderr } = await this.run(args)
    if (code === 0 && stdout === '' && stderr === '') return
    throw new Error(`aws iot ${args.join(' ')}: exit code ${code}: ${stdout}${stderr}`)
  }

  /** What a command that the service refuses says. */
  async refused(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(args)
    if (code === 254 && stdout === '') return stderr.trim()
    throw new Error(`aws iot ${args.join(' ')}: exit code ${code}: ${stdout}${stderr}`)
  }
}
