import { type Resource, resourceHere } from '../../domain/arn.ts'
import { show } from '../../domain/problem.ts'
import {
  isTaggable,
  putTags,
  removeTags,
  taggableExists,
  tagsOf,
  type Tag,
} from '../../store/tags.ts'
import type { Context, Handlers } from '../context.ts'
import { ApiError, invalidRequest, notFound } from '../errors.ts'

type Family = 'TagResource' | 'UntagResource' | 'ListTagsForResource'

/** AWS's quota for any resource. */
const MAX_TAGS = 50

export const TAG_HANDLERS: Pick<Handlers, Family> = {
  TagResource({ resourceArn, tags }, context) {
    const { database } = context
    const resource = tagged(resourceArn, context)
    putTags(database, resource, readTags(tags))
    const count = tagsOf(database, resource).length
    if (count <= MAX_TAGS) return
    throw new ApiError(
      'LimitExceeded',
      `${resourceArn} would have ${count} tags, at most ${MAX_TAGS} are allowed`,
    )
  },

  UntagResource({ resourceArn, tagKeys }, context) {
    removeTags(context.database, tagged(resourceArn, context), tagKeys)
  },

  ListTagsForResource({ resourceArn }, context) {
    const tags = tagsOf(context.database, tagged(resourceArn, context))
    return { tags: tags.map(({ key, value }) => ({ Key: key, Value: value })), nextToken: null }
  },
}

/** The tags of a request; no key may come twice, or be one of AWS's own. */
export function readTags(tags: readonly { Key: string; Value?: string }[] | undefined): Tag[] {
  const keys = new Set<string>()
  return (tags ?? []).map(({ Key, Value }) => {
    if (/^aws:/i.test(Key)) throw invalidRequest(`Tag key ${show(Key)} should not begin with aws:`)
    if (keys.has(Key)) throw invalidRequest(`Tag key ${show(Key)} comes twice`)
    keys.add(Key)
    return { key: Key, value: Value ?? '' }
  })
}

function tagged(arn: string, { database, identity }: Context): Resource {
  const resource = resourceHere(arn, identity)
  if (resource === null || !isTaggable(resource)) {
    throw invalidRequest(`resourceArn ${show(arn)} names nothing of this account that has tags`)
  }
  if (!taggableExists(database, resource)) throw notFound(`${arn} does not exist`)
  return resource
}
