import { backtestCommand } from './backtest.ts'
import { benchCommand } from './bench.ts'
import type { Command } from './command.ts'
import { demoCommand } from './demo.ts'
import { exportCommand } from './export.ts'
import { generateCommand } from './generate.ts'
import { importCommand } from './import.ts'
import { inspectCommand } from './inspect.ts'
import { replayCommand } from './replay.ts'
import { serveCommand } from './serve.ts'
import { streamCommand } from './stream.ts'
import { trainCommand } from './train.ts'
import { tuneCommand } from './tune.ts'
import { validateCommand } from './validate.ts'

/** In the order in which the help lists them. */
export const COMMANDS: readonly Command[] = [
  replayCommand,
  streamCommand,
  serveCommand,
  backtestCommand,
  trainCommand,
  inspectCommand,
  validateCommand,
  importCommand,
  exportCommand,
  tuneCommand,
  generateCommand,
  benchCommand,
  demoCommand,
]
