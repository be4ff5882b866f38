import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Documents } from '../api/transfer/documents.ts'
import type { Tally } from '../api/transfer/import-run.ts'
import { DetectError } from '../domain/errors.ts'
import type { Problem } from '../domain/problem.ts'
import type { Database } from '../store/database.ts'
import {
  type Command,
  COMMON_OPTIONS,
  type CommandContext,
  EXIT_FAILURE,
  EXIT_SUCCESS,
} from './command.ts'
import { counted, grouped } from './figures.ts'
import { type Options, toggle, usage, valued } from './options.ts'
import { storeAtRest } from './store-at-rest.ts'

export const importCommand: Command = {
  name: 'import',
  summary: 'Take over profiles, groups, things and actions from files, as aws iot prints them.',
  usage: '<file|directory>... --data DIR [options]',
  description:
    'Reads JSON: what `aws iot describe-...` prints and what `create-... --cli-input-json` takes ' +
    '(security profiles, thing groups, things, custom metrics, dimensions, mitigation actions, ' +
    'policies), what `GET /mitigation-rules` answers, things files with groups and attachments, ' +
    'CloudFormation templates, and what `export` wrote. Directories are read whole. What is there already is updated, or left alone ' +
    'when it is the same; nothing is removed. When anything is wrong, all of it is listed and ' +
    'nothing is imported. Works on the data directory itself: no server may be running on it.',
  options: {
    data: valued('DIR', 'The data directory; made when there is none.'),
    'dry-run': toggle('Say what would be done, and do nothing.'),
    ...COMMON_OPTIONS,
  },
  examples: [
    {
      line: 'aws iot describe-security-profile --security-profile-name lights > lights.json && fleet-detect import lights.json --data fleet',
      meaning: 'Take over a profile from AWS.',
    },
    {
      line: 'fleet-detect import backup/ --data fleet --dry-run',
      meaning: 'What would change by bringing back an export?',
    },
  ],
  run: runImport,
}

async function runImport(options: Options, { io, messages }: CommandContext): Promise<number> {
  const directory = options.required('data')
  const paths = options.positionals
  if (paths.length === 0) throw usage('nothing to import: name files or directories')
  const { documents, problemsOf } = await read(paths.flatMap(filesOf))
  const dryRun = options.flag('dry-run')
  const store = storeAtRest(directory, dryRun ? 'pretend' : 'make')
  try {
    const { importDocuments } = await import('../api/transfer/import.ts')
    const parts = { database: store.database, now: Date.now(), uuid: randomUUID }
    const tally = tried(store.database, () => {
      const done = importDocuments(documents, parts)
      return { result: done, keep: !dryRun && !problemsOf().some(isError) }
    })
    const problems = problemsOf()
    for (const problem of problems) messages.problem(problem)
    const errors = problems.filter(isError).length
    if (errors > 0) {
      messages.error(`${counted(errors, 'error')}; nothing was imported`)
      return EXIT_FAILURE
    }
    await io.stdout.write(table(tally))
    if (dryRun) messages.note('a dry run: nothing was imported')
    return EXIT_SUCCESS
  } finally {
    store.close()
  }
}

/** All that the files hold; what is wrong with them may still grow while they are imported. */
async function read(
  paths: readonly string[],
): Promise<{ documents: Documents; problemsOf: () => Problem[] }> {
  const { readDocuments } = await import('../api/transfer/documents.ts')
  const documents: Documents = { documents: [], rules: [], thingsFiles: [], targets: [] }
  const collected = paths.flatMap((path) => readDocuments(readText(path), path, documents))
  return { documents, problemsOf: () => collected.flatMap(({ list }) => list) }
}

class Undone extends Error {}

/** Does some work in a transaction, and undoes it when it says so. */
function tried<T>(database: Database, work: () => { result: T; keep: boolean }): T {
  const results: T[] = []
  try {
    database.transaction(() => {
      const { result, keep } = work()
      results.push(result)
      if (!keep) throw new Undone()
    })
  } catch (error) {
    if (!(error instanceof Undone)) throw error
  }
  return results[0]!
}

/** `security profile  2 created  1 updated  0 unchanged`, a line for each kind. */
function table(tally: Tally): string {
  const rows = [...tally].map(([noun, counts]) => [
    noun,
    ...Object.entries(counts).map(([outcome, count]) => `${grouped(count)} ${outcome}`),
  ])
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths![i]!) : cell.padStart(widths![i]!)))
        .join('  '),
    )
    .map((line) => `${line}\n`)
    .join('')
}

function isError({ severity }: Problem): boolean {
  return severity === 'error'
}

/** A file itself; of a directory all files of JSON in it and in those below it, by name. */
function filesOf(path: string): string[] {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) throw new DetectError('input', `${path}: no such file or directory`)
  if (!stat.isDirectory()) return [path]
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(json|ndjson)$/.test(name) && !/(^|\/)\./.test(name))
    .sort()
    .map((name) => join(path, name))
  if (files.length === 0) throw new DetectError('input', `${path}: no .json files in it`)
  return files
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new DetectError('input', `${path}: ${(error as Error).message}`, { cause: error })
  }
}
