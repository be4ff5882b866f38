import { builtInConnect, type Connect, connectLibsql } from '../../src/store/database.ts'

/** The SQLite of this Node where it has one, and libsql: all that is said of one must hold of the other. */
export const DRIVERS: readonly [name: string, connect: Connect][] = [
  ['libsql', connectLibsql],
  ...[builtInConnect()].flatMap((connect): [string, Connect][] =>
    connect === null ? [] : [['node:sqlite', connect]],
  ),
]
