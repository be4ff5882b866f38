import { arnOf } from '../../domain/arn.ts'
import { show } from '../../domain/problem.ts'
import { topicFilterFault } from '../../domain/topic-filter.ts'
import {
  countDimensions,
  deleteDimension,
  type Dimension,
  findDimension,
  insertDimension,
  listDimensions,
  updateDimension,
} from '../../store/dimensions.ts'
import { listProfiles } from '../../store/security-profiles.ts'
import { putTags } from '../../store/tags.ts'
import type { Context, Handlers } from '../context.ts'
import { alreadyExists, invalidRequest, limitExceeded, notFound } from '../errors.ts'
import { readTags } from './tags.ts'

type Family =
  | 'CreateDimension'
  | 'DescribeDimension'
  | 'UpdateDimension'
  | 'DeleteDimension'
  | 'ListDimensions'

/** Quota of Detect. */
const MAX_DIMENSIONS = 10

export const DIMENSION_HANDLERS: Pick<Handlers, Family> = {
  CreateDimension({ name, type, stringValues, clientRequestToken, tags }, context) {
    const { database, now } = context
    checkFilters(stringValues)
    const token = clientRequestToken ?? null
    const dimension = { name, type, stringValues, token, created: now, modified: now }
    const stored = findDimension(database, name)
    const answer = { name, arn: arn(name, context) }
    if (stored !== null) {
      if (isSameRequest(stored, dimension)) return answer
      throw alreadyExists(`Dimension ${name} already exists`, name, answer.arn)
    }
    if (countDimensions(database) >= MAX_DIMENSIONS) {
      throw limitExceeded(`There are ${MAX_DIMENSIONS} dimensions, the most there may be`)
    }
    insertDimension(database, dimension)
    putTags(database, { kind: 'dimension', name }, readTags(tags))
    return answer
  },

  DescribeDimension({ name }, context) {
    return described(stored(name, context), context)
  },

  UpdateDimension({ name, stringValues }, context) {
    checkFilters(stringValues)
    const dimension = { ...stored(name, context), stringValues, modified: context.now }
    updateDimension(context.database, dimension)
    return described(dimension, context)
  },

  DeleteDimension({ name }, { database }) {
    const [user] = listProfiles(database, { by: 'dimension', name }, '', 1)
    if (user !== undefined) {
      throw invalidRequest(`Dimension ${name} is used by security profile ${user}`)
    }
    deleteDimension(database, name)
  },

  ListDimensions(_input, { database, page }) {
    const [after] = page.after('text') ?? ['']
    const { rows, next } = page.cut(listDimensions(database, after, page.fetch), (name) => [name])
    return { dimensionNames: rows, nextToken: next }
  },
}

/** The only type of dimension is a list of topic filters. */
function checkFilters(filters: readonly string[]): void {
  for (const filter of filters) {
    const fault = topicFilterFault(filter)
    if (fault !== null) throw invalidRequest(`Topic filter ${show(filter)} ${fault}`)
  }
}

function stored(name: string, { database }: Context): Dimension {
  const dimension = findDimension(database, name)
  if (dimension === null) throw notFound(`Dimension ${name} does not exist`)
  return dimension
}

/** A client that heard no answer asks again with the same token. */
function isSameRequest(stored: Dimension, asked: Dimension): boolean {
  return (
    asked.token !== null &&
    stored.token === asked.token &&
    stored.type === asked.type &&
    JSON.stringify(stored.stringValues) === JSON.stringify(asked.stringValues)
  )
}

function described({ name, type, stringValues, created, modified }: Dimension, context: Context) {
  return {
    name,
    arn: arn(name, context),
    type,
    stringValues,
    creationDate: created,
    lastModifiedDate: modified,
  }
}

function arn(name: string, { identity }: Context): string {
  return arnOf(identity, { kind: 'dimension', name })
}
