import { DetectError } from '../domain/errors.ts'
import { didYouMean, show } from '../domain/problem.ts'
import { type Command, EXIT_FAILURE, EXIT_SUCCESS, EXIT_USAGE, LOG_FORMATS } from './command.ts'
import { COMMANDS } from './commands.ts'
import { commandHelp, PROGRAM, programHelp } from './help.ts'
import { type Io, isBrokenPipe } from './io.ts'
import { Messages } from './messages.ts'
import { parseOptions, usage } from './options.ts'
import { packageVersion } from './package-root.ts'

/**
 * The whole command line: arguments behind the program's name in, exit code out. Nothing is thrown.
 * A reader of stdout that goes away has seen enough: that ends a command quietly, with success.
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const [word, ...rest] = argv
  const command = COMMANDS.find(({ name }) => name === word)
  const messages = new Messages(io, {
    quiet: command !== undefined && rest.includes('--quiet'),
    logFormat: wantsJson(argv) ? 'json' : 'text',
  })
  try {
    if (command !== undefined) return await runCommand(command, rest, io, messages)
    return await runProgram(argv, io)
  } catch (error) {
    messages.clear()
    if (isBrokenPipe(error)) return EXIT_SUCCESS
    return reportFailure(error, command ?? null, io, messages)
  }
}

async function runCommand(
  command: Command,
  argv: readonly string[],
  io: Io,
  messages: Messages,
): Promise<number> {
  // Help is never refused for what else is wrong with the line.
  if (asksForHelp(argv)) {
    await io.stdout.write(commandHelp(command))
    return EXIT_SUCCESS
  }
  const options = parseOptions(argv, command.options)
  options.choice('log-format', LOG_FORMATS)
  const code = await command.run(options, { io, messages })
  messages.clear()
  return code
}

async function runProgram(argv: readonly string[], io: Io): Promise<number> {
  const [word, subject] = argv
  if (word === undefined) {
    await io.stderr.write(programHelp(COMMANDS, packageVersion()))
    return EXIT_USAGE
  }
  if (word === '--version' || word === '-v') {
    await io.stdout.write(`${packageVersion()}\n`)
    return EXIT_SUCCESS
  }
  if (word === 'help' && subject !== undefined && !subject.startsWith('-')) {
    await io.stdout.write(commandHelp(commandNamed(subject)))
    return EXIT_SUCCESS
  }
  if (word === 'help' || asksForHelp([word])) {
    await io.stdout.write(programHelp(COMMANDS, packageVersion()))
    return EXIT_SUCCESS
  }
  throw word.startsWith('-') ? usage(`unknown option ${show(word)}`) : unknownCommand(word)
}

function commandNamed(word: string): Command {
  const command = COMMANDS.find(({ name }) => name === word)
  if (command === undefined) throw unknownCommand(word)
  return command
}

function unknownCommand(word: string): DetectError {
  const names = COMMANDS.map(({ name }) => name)
  return usage(`unknown command ${show(word)}${didYouMean(word, names)}`)
}

function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  const words = end < 0 ? argv : argv.slice(0, end)
  return words.includes('--help') || words.includes('-h')
}

/** Looked up ahead of everything else, so that wrong usage is reported in it too. */
function wantsJson(argv: readonly string[]): boolean {
  return argv.some(
    (word, i) =>
      word === '--log-format=json' || (word === '--log-format' && argv[i + 1] === 'json'),
  )
}

function reportFailure(
  error: unknown,
  command: Command | null,
  io: Io,
  messages: Messages,
): number {
  const isUsage = error instanceof DetectError && error.kind === 'usage'
  const words = command === null ? [PROGRAM] : [PROGRAM, command.name]
  const debug = Boolean(io.env.FLEET_DETECT_DEBUG) && error instanceof Error
  messages.error(error instanceof Error ? error.message : String(error), {
    ...(isUsage ? { hint: `Try "${[...words, '--help'].join(' ')}".` } : {}),
    ...(debug ? { stack: error.stack ?? '' } : {}),
  })
  return isUsage ? EXIT_USAGE : EXIT_FAILURE
}
