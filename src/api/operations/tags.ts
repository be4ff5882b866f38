/** Tags of any resource. */
export const TAG_OPERATIONS = {
  TagResource: {
    http: 'POST /tags',
    body: { resourceArn: 'string*', tags: '[Tag]*' },
    errors: 'ResourceNotFound LimitExceeded',
  },
  UntagResource: {
    http: 'POST /untag',
    body: { resourceArn: 'string*', tagKeys: '[TagKey]*' },
    errors: 'ResourceNotFound',
  },
  ListTagsForResource: {
    http: 'GET /tags',
    query: { resourceArn: 'string*', nextToken: 'string' },
    output: { tags: '[Tag]', nextToken: 'string' },
    errors: 'ResourceNotFound',
  },
} as const
