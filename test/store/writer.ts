import { openStore } from '../../src/store/store.ts'

/**
 * Writes transactions of three rows into a store for ever, and says so line by line: `1` is written
 * behind the commit of batch 1. A program of its own, to be killed.
 */
const store = openStore(process.argv[2]!)
const insert = store.database.prepare('INSERT INTO meta VALUES (?, ?)')
const from = store.database.prepare<{ n: number }>('SELECT count(*) AS n FROM meta').get()!.n / 3

for (let batch = from + 1; ; batch++) {
  store.database.transaction(() => {
    for (const part of [1, 2, 3]) insert.run(`${batch}/${part}`, 'x'.repeat(500))
  })
  process.stdout.write(`${batch}\n`)
}
