// Loaded before the program by `node --import`: ends the process with SIGKILL at a moment that depends on
// what the program has done, not on the time it took. KILL_AT is one of
//   checkpoint:<n>:before   instead of the n-th replacement of the checkpoint
//   checkpoint:<n>:after    right behind it
//   write:<n>               instead of the main thread's n-th change to the file system
//   count                   never; the number of changes goes to stderr at the end
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { isMainThread } from 'node:worker_threads'

const [kind, at, side] = (process.env.KILL_AT ?? '').split(':')
const CHANGES = [
  'renameSync',
  'writeSync',
  'writeFileSync',
  'ftruncateSync',
  'fsyncSync',
  'rmSync',
  'mkdirSync',
]

function die() {
  process.kill(process.pid, 'SIGKILL')
  // The signal is on its way; nothing more may happen until it is there.
  for (;;);
}

function watchCheckpoints() {
  const { renameSync } = fs
  let count = 0
  fs.renameSync = (from, to) => {
    const due = String(to).endsWith('checkpoint.bin') && ++count === Number(at)
    if (due && side === 'before') die()
    renameSync(from, to)
    if (due) die()
  }
}

function watchChanges() {
  let count = 0
  for (const name of CHANGES) {
    const change = fs[name]
    fs[name] = (...args) => {
      if (++count === Number(at)) die()
      return change(...args)
    }
  }
  if (kind === 'count') process.on('exit', () => process.stderr.write(`changes: ${count}\n`))
}

if (isMainThread && kind === 'checkpoint') watchCheckpoints()
else if (isMainThread && (kind === 'write' || kind === 'count')) watchChanges()
syncBuiltinESMExports()
