import { CONFIDENCE_LEVELS } from '../domain/behavior.ts'
import type { Tuning } from '../respond/tune.ts'
import { type Command, COMMON_OPTIONS, type CommandContext, EXIT_SUCCESS } from './command.ts'
import { counted } from './figures.ts'
import { type Options, toggle, usage, valued } from './options.ts'
import { formatTable } from './table.ts'

const EXIT_PROPOSAL = 3
const LEAST_VERIFIED = 10

export const tuneCommand: Command = {
  name: 'tune',
  summary: 'From verified alarms: what each confidence level would have kept and dropped.',
  usage: '--data DIR [options]',
  description:
    'Reads the alarms of a service (which may be running) and what people said of them with ' +
    'PutVerificationStateOnViolation. Per learned behavior it lists how many true, false and benign alarms each ' +
    'confidence level would have let begin, and proposes a less sensitive level where that drops unwanted alarms ' +
    'and keeps the true ones. Nothing is changed.',
  options: {
    data: valued('DIR', 'The data directory of serve.'),
    days: valued('N', 'Only alarms of the last N days (default: all that are kept).'),
    'security-profile': valued('NAME', 'Only behaviors of this security profile.'),
    keep: valued('SHARE', 'The share of true alarms a proposed level must keep (default 1: all).'),
    'min-verified': valued(
      'N',
      `Propose nothing below so many verified alarms of a behavior (default ${LEAST_VERIFIED}).`,
    ),
    'benign-wanted': toggle('Benign alarms are wanted, like true ones (default: like false ones).'),
    'exit-code': toggle(`Exit with ${EXIT_PROPOSAL} when a change is proposed.`),
    json: toggle('Print everything as one JSON object.'),
    ...COMMON_OPTIONS,
  },
  examples: [
    { line: 'fleet-detect tune --data data/', meaning: 'Look at all alarms of a service.' },
    {
      line: 'fleet-detect tune --data data/ --days 7 --keep 0.9 --json',
      meaning: 'The last week, for a program; one true alarm in ten may be lost.',
    },
  ],
  run: runTune,
}

async function runTune(options: Options, { io, messages }: CommandContext): Promise<number> {
  const [unexpected] = options.positionals
  if (unexpected !== undefined) throw usage(`unexpected argument "${unexpected}"`)
  const keep = options.amount('keep', 1)
  if (keep > 1) throw usage(`--keep ${keep} should be a share of 1 at most`)
  const data = options.required('data')
  const { tuneStore } = await import('../compose/tune.ts')
  const tunings = tuneStore({
    data,
    days: options.text('days') === null ? null : options.count('days', 0),
    profile: options.text('security-profile'),
    keep,
    leastVerified: options.count('min-verified', LEAST_VERIFIED),
    benignWanted: options.flag('benign-wanted'),
  })
  const proposals = tunings.filter(({ proposal }) => proposal !== null).length
  if (options.flag('json')) {
    await io.stdout.write(`${JSON.stringify({ behaviors: tunings.map(described) }, null, 2)}\n`)
  } else {
    for (const line of linesOf(tunings)) await io.stdout.write(`${line}\n`)
    messages.note(`${counted(tunings.length, 'behavior')}, ${counted(proposals, 'proposal')}`)
  }
  return proposals > 0 && options.flag('exit-code') ? EXIT_PROPOSAL : EXIT_SUCCESS
}

function described({ profile, behavior, level, alarms, kept, proposal, reason }: Tuning) {
  return {
    securityProfileName: profile,
    behaviorName: behavior,
    confidenceLevel: level,
    alarms,
    kept,
    proposedConfidenceLevel: proposal,
    reason,
  }
}

const TITLES = ['level', 'true', 'false', 'benign', 'not verified']

/** Per behavior what each level from its own on keeps of its alarms, `*` at its own, `>` at the proposed one. */
function linesOf(tunings: readonly Tuning[]): string[] {
  return tunings.flatMap(({ profile, behavior, level, alarms, kept, proposal, reason }, i) => {
    const from = level === null ? 0 : CONFIDENCE_LEVELS.indexOf(level)
    const rows = CONFIDENCE_LEVELS.slice(from).map((one) => {
      const mark = one === proposal ? ' >' : one === level ? ' *' : ''
      const cells = (['true', 'false', 'benign', 'unverified'] as const).map(
        (verdict) => `${kept[one][verdict]} of ${alarms[verdict]}`,
      )
      return [`${one}${mark}`, ...cells]
    })
    return [
      ...(i === 0 ? [] : ['']),
      `${profile} / ${behavior}: ${reason}`,
      ...formatTable([TITLES, ...rows], ['left', 'right', 'right', 'right', 'right']),
    ]
  })
}
