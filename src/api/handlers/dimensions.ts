import { arnOf } from '../../domain/arn.ts'
import {
  deleteDimension,
  type Dimension,
  findDimension,
  insertDimension,
  listDimensions,
  updateDimension,
} from '../../store/dimensions.ts'
import type { Context, Handlers } from '../context.ts'
import { alreadyExists, notFound } from '../errors.ts'

type Family =
  | 'CreateDimension'
  | 'DescribeDimension'
  | 'UpdateDimension'
  | 'DeleteDimension'
  | 'ListDimensions'

export const DIMENSION_HANDLERS: Pick<Handlers, Family> = {
  CreateDimension({ name, type, stringValues, clientRequestToken }, context) {
    const { database, now } = context
    const token = clientRequestToken ?? null
    const dimension = { name, type, stringValues, token, created: now, modified: now }
    const stored = findDimension(database, name)
    const answer = { name, arn: arn(name, context) }
    if (stored !== null) {
      if (isSameRequest(stored, dimension)) return answer
      throw alreadyExists(`Dimension ${name} already exists`, name, answer.arn)
    }
    insertDimension(database, dimension)
    return answer
  },

  DescribeDimension({ name }, context) {
    return described(stored(name, context), context)
  },

  UpdateDimension({ name, stringValues }, context) {
    const dimension = { ...stored(name, context), stringValues, modified: context.now }
    updateDimension(context.database, dimension)
    return described(dimension, context)
  },

  DeleteDimension({ name }, { database }) {
    deleteDimension(database, name)
  },

  ListDimensions(_input, { database, page }) {
    const [after] = page.after('text') ?? ['']
    const { rows, next } = page.cut(listDimensions(database, after, page.fetch), (name) => [name])
    return { dimensionNames: rows, nextToken: next }
  },
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
