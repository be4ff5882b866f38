import type { Io } from './io.ts'
import type { Messages } from './messages.ts'
import { type OptionSpecs, type Options, toggle, valued } from './options.ts'

export interface CommandContext {
  io: Io
  messages: Messages
}

/** One word of the product: how it is used, and what it does. */
export interface Command {
  name: string
  /** For the list of commands. */
  summary: string
  /** What follows the name: `<profile>... [options]`. */
  usage: string
  description: string
  options: OptionSpecs
  examples: readonly Example[]
  /** Returns the exit code. Loads what it needs by itself, so that help and checks start at once. */
  run(options: Options, context: CommandContext): Promise<number>
}

export interface Example {
  line: string
  meaning: string
}

export const EXIT_SUCCESS = 0
export const EXIT_FAILURE = 1
export const EXIT_USAGE = 2

export const LOG_FORMATS = ['text', 'json'] as const

/** What every command takes, at the end of its own options. */
export const COMMON_OPTIONS: OptionSpecs = {
  quiet: toggle('Say nothing on stderr but warnings and errors.'),
  'log-format': valued(
    'F',
    'text or json: every message on stderr, progress and summary included, as a JSON object per line.',
  ),
  help: toggle('Show this help.'),
}
