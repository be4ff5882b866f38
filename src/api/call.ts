import type { Context, Handlers } from './context.ts'
import type { Operation, RawInput } from './operation.ts'
import { decodeInput } from './operation.ts'
import { pageOf } from './page.ts'
import { encodeMembers } from './shapes/encode.ts'
import { configurationVersion } from '../store/store.ts'

/** Rows on a page when the request does not say; training summaries come ten at a time. */
const DEFAULT_PAGE = 25
const SUMMARIES_PAGE = 10

/** Whatever the paging members are called, they are no filters. */
const PAGING = ['nextToken', 'maxResults', 'marker', 'pageSize']

type AnyHandler = (
  input: Record<string, unknown>,
  context: Context,
) => Record<string, unknown> | void | Promise<Record<string, unknown> | void>

/**
 * Runs one operation: checks the input, calls its handler, and gives back the answer as it travels. An
 * operation that writes is one transaction; evaluation hears of it once it is committed.
 */
export async function callOperation(
  operation: Operation,
  raw: RawInput,
  handlers: Handlers,
  base: Omit<Context, 'page'>,
): Promise<Record<string, unknown>> {
  const input = decodeInput(operation, raw)
  const context: Context = { ...base, page: requestedPage(operation, input) }
  const handler = handlers[operation.name] as AnyHandler
  const answer = operation.reads
    ? await handler(input, context)
    : committed(() => handler(input, context), context)
  return encodeMembers(operation.output, (answer ?? {}) as Record<string, unknown>)
}

function committed<T>(work: () => T, { database, engine }: Context): T {
  const before = configurationVersion(database)
  const answer = database.transaction(work)
  if (configurationVersion(database) !== before) engine.configurationChanged()
  return answer
}

function requestedPage({ name }: Operation, input: Readonly<Record<string, unknown>>) {
  const filters = Object.fromEntries(
    Object.entries(input).filter(([member]) => !PAGING.includes(member)),
  )
  const otherwise = name === 'GetBehaviorModelTrainingSummaries' ? SUMMARIES_PAGE : DEFAULT_PAGE
  const size = (input.maxResults ?? input.pageSize ?? otherwise) as number
  return pageOf(name, filters, size, (input.nextToken ?? input.marker) as string | undefined)
}
