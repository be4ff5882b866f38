import type { Command } from './command.ts'
import type { OptionSpecs } from './options.ts'
import { formatTable, LINE_WIDTH, wrap } from './table.ts'

export const PROGRAM = 'fleet-detect'

const EXIT_CODES = [
  'Exit codes: 0 success, 1 failure, 2 wrong usage.',
  'Results go to stdout, messages to stderr. FLEET_DETECT_DEBUG=1 adds stack traces to errors.',
]

export function programHelp(commands: readonly Command[], version: string): string {
  const rows = commands.map(({ name, summary }) => [name, summary])
  return lines([
    `${PROGRAM} ${version}: learns how the devices of a fleet behave and alarms on those that leave it.`,
    '',
    `Usage: ${PROGRAM} <command> [options]`,
    '',
    'Commands:',
    ...formatTable(rows, ['left', 'left']),
    '',
    'Options:',
    ...formatTable(
      [
        ['--help', `Show this help; ${PROGRAM} <command> --help shows a command's.`],
        ['--version', 'Show the version.'],
      ],
      ['left', 'left'],
    ),
    '',
    'Examples:',
    `  ${PROGRAM} demo`,
    `  ${PROGRAM} validate profiles/`,
    `  ${PROGRAM} replay history/ --profile profiles/ --out events.ndjson`,
    `  tail -f datapoints.ndjson | ${PROGRAM} stream --profile profiles/ --state state/`,
    '',
    ...EXIT_CODES,
  ])
}

export function commandHelp(command: Command): string {
  const { name, usage, description, options, examples } = command
  return lines([
    ...wrap(`Usage: ${PROGRAM} ${name} ${usage}`, LINE_WIDTH),
    '',
    ...wrap(description, LINE_WIDTH),
    '',
    'Options:',
    ...optionLines(options),
    '',
    'Examples:',
    ...examples.flatMap(({ line, meaning }) => [
      `  ${line}`,
      ...wrap(meaning, LINE_WIDTH - 6).map((text) => `      ${text}`),
    ]),
    '',
    ...EXIT_CODES,
  ])
}

function optionLines(options: OptionSpecs): string[] {
  const heads = Object.entries(options).map(([name, { value }]) => {
    const short = name === 'help' ? ', -h' : ''
    return `  --${name}${value === null ? short : ` ${value}`}`
  })
  const width = Math.max(...heads.map((head) => head.length)) + 2
  return Object.values(options).flatMap(({ help, repeats }, i) => {
    const text = wrap(repeats ? `${help} May be given several times.` : help, LINE_WIDTH - width)
    return text.map((line, row) => `${(row === 0 ? heads[i]! : '').padEnd(width)}${line}`)
  })
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`
}
