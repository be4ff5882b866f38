import { created, id, type Kind, modified, pick, version } from './kind.ts'

export const DIMENSION: Kind = {
  noun: 'dimension',
  folder: 'dimensions',
  resource: 'dimension',
  table: 'dimensions',
  label: 'name',
  create: 'CreateDimension',
  describe: 'DescribeDimension',
  update: 'UpdateDimension',
  known: ['type', 'stringValues', 'arn', 'creationDate', 'lastModifiedDate'],
  wanted: (source) => pick(source, 'type', 'stringValues'),
  change: (wanted) => pick(wanted, 'stringValues'),
  fixed: ['type'],
  kept: { created, modified },
}

export const CUSTOM_METRIC: Kind = {
  noun: 'custom metric',
  folder: 'custom-metrics',
  resource: 'custommetric',
  table: 'custom_metrics',
  label: 'metricName',
  create: 'CreateCustomMetric',
  describe: 'DescribeCustomMetric',
  update: 'UpdateCustomMetric',
  known: ['metricType', 'displayName', 'metricArn', 'creationDate', 'lastModifiedDate'],
  wanted: (source) => pick(source, 'metricType', 'displayName'),
  change: ({ displayName = '' }) => ({ displayName }),
  fixed: ['metricType'],
  kept: { created, modified },
}

export const SECURITY_PROFILE: Kind = {
  noun: 'security profile',
  folder: 'security-profiles',
  resource: 'securityprofile',
  table: 'security_profiles',
  label: 'securityProfileName',
  create: 'CreateSecurityProfile',
  describe: 'DescribeSecurityProfile',
  update: 'UpdateSecurityProfile',
  known: [
    'securityProfileDescription',
    'behaviors',
    'alertTargets',
    'additionalMetricsToRetain',
    'additionalMetricsToRetainV2',
    'metricsExportConfig',
    'securityProfileArn',
    'version',
    'creationDate',
    'lastModifiedDate',
  ],
  wanted: (source) =>
    pick(
      source,
      'securityProfileDescription',
      'behaviors',
      'alertTargets',
      'additionalMetricsToRetain',
      'additionalMetricsToRetainV2',
      'metricsExportConfig',
    ),
  change: ({ metricsExportConfig, ...others }) => ({
    securityProfileDescription: '',
    behaviors: [],
    alertTargets: {},
    additionalMetricsToRetain: [],
    additionalMetricsToRetainV2: [],
    ...others,
    ...(metricsExportConfig === undefined
      ? { deleteMetricsExportConfig: true }
      : { metricsExportConfig }),
  }),
  fixed: [],
  kept: { version, created, modified },
}

export const MITIGATION_ACTION: Kind = {
  noun: 'mitigation action',
  folder: 'mitigation-actions',
  resource: 'mitigationaction',
  table: 'mitigation_actions',
  label: 'actionName',
  create: 'CreateMitigationAction',
  describe: 'DescribeMitigationAction',
  update: 'UpdateMitigationAction',
  known: [
    'roleArn',
    'actionParams',
    'actionType',
    'actionArn',
    'actionId',
    'creationDate',
    'lastModifiedDate',
  ],
  wanted: (source) => pick(source, 'roleArn', 'actionParams'),
  change: (wanted) => wanted,
  fixed: [],
  kept: { id: id('actionId'), created, modified },
}
