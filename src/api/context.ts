import type { Identity } from '../domain/arn.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Database } from '../store/database.ts'
import type { Engine } from './engine.ts'
import type { Input, OperationName, Output } from './operations.ts'
import type { Page } from './page.ts'

/** What a handler works with besides its input. */
export interface Context {
  database: Database
  engine: Engine
  /** What ARNs are made of. */
  identity: Identity
  /** When the request came. */
  now: EpochMs
  uuid: () => string
  /** Where the client found this service: host and port, as its request says. */
  host: string
  /** Which rows a list is asked for. */
  page: Page
}

type Reads = `${'Describe' | 'List' | 'Get' | 'Validate'}${string}`

/**
 * One function per operation. Those that write are one transaction each, so they cannot wait for
 * anything; what they throw undoes them.
 */
export type Handlers = {
  [Name in OperationName]: (
    input: Input<Name>,
    context: Context,
  ) => Name extends Reads ? Output<Name> | Promise<Output<Name>> : Output<Name>
}
