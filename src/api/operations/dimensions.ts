/** Dimensions: topic filters that narrow a metric. */
export const DIMENSION_OPERATIONS = {
  CreateDimension: {
    http: 'POST /dimensions/{name}',
    labels: { name: 'DimensionName' },
    body: {
      type: 'DimensionType*',
      stringValues: '[DimensionStringValue] {1..100}*',
      tags: '[Tag]',
      clientRequestToken: 'ClientRequestToken',
    },
    output: { name: 'DimensionName', arn: 'string' },
    errors: 'LimitExceeded ResourceAlreadyExists',
  },
  DescribeDimension: {
    http: 'GET /dimensions/{name}',
    labels: { name: 'DimensionName' },
    output: 'Dimension',
    errors: 'ResourceNotFound',
  },
  UpdateDimension: {
    http: 'PATCH /dimensions/{name}',
    labels: { name: 'DimensionName' },
    body: { stringValues: '[DimensionStringValue] {1..100}*' },
    output: 'Dimension',
    errors: 'ResourceNotFound',
  },
  DeleteDimension: {
    http: 'DELETE /dimensions/{name}',
    labels: { name: 'DimensionName' },
    errors: '',
  },
  ListDimensions: {
    http: 'GET /dimensions',
    query: { nextToken: 'string', maxResults: 'int 1..250' },
    output: { dimensionNames: '[DimensionName]', nextToken: 'string' },
    errors: '',
  },
} as const
