/** Custom metrics. */
export const CUSTOM_METRIC_OPERATIONS = {
  CreateCustomMetric: {
    http: 'POST /custom-metric/{metricName}',
    labels: { metricName: 'MetricName' },
    body: {
      displayName: 'CustomMetricDisplayName',
      metricType: 'CustomMetricType*',
      tags: '[Tag]',
      clientRequestToken: 'ClientRequestToken',
    },
    output: { metricName: 'MetricName', metricArn: 'string' },
    errors: 'LimitExceeded ResourceAlreadyExists',
  },
  DescribeCustomMetric: {
    http: 'GET /custom-metric/{metricName}',
    labels: { metricName: 'MetricName' },
    output: 'CustomMetric',
    errors: 'ResourceNotFound',
  },
  UpdateCustomMetric: {
    http: 'PATCH /custom-metric/{metricName}',
    labels: { metricName: 'MetricName' },
    body: { displayName: 'CustomMetricDisplayName*' },
    output: 'CustomMetric',
    errors: 'ResourceNotFound',
  },
  DeleteCustomMetric: {
    http: 'DELETE /custom-metric/{metricName}',
    labels: { metricName: 'MetricName' },
    errors: '',
  },
  ListCustomMetrics: {
    http: 'GET /custom-metrics',
    query: { nextToken: 'string', maxResults: 'int 1..250' },
    output: { metricNames: '[MetricName]', nextToken: 'string' },
    errors: '',
  },
} as const
