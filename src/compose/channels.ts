import { addressGuard } from '../adapters/address-guard.ts'
import { alertmanagerChannel } from '../adapters/alertmanager.ts'
import { logChannel } from '../adapters/log-channel.ts'
import { snsChannel } from '../adapters/sns.ts'
import { webhookChannel } from '../adapters/webhook.ts'
import { SECOND_MS } from '../domain/time.ts'
import type { Channel } from '../respond/channel.ts'
import { type NotifySettings, secretBytes } from './notify-file.ts'

const SOURCE = '/fleet-detect'

/** The channels of a configuration. Loads the AWS SDK only where SNS is asked for. */
export async function channelsOf(
  settings: NotifySettings,
  log: (message: string, fields: Readonly<Record<string, unknown>>) => void,
): Promise<Channel[]> {
  const { webhooks, alertmanager, sns, redirects, maxAnswerBytes } = settings
  const floodFrom = settings.floods.from
  const timeoutMs = settings.timeoutSeconds * SECOND_MS
  const guard = addressGuard(settings.allowAddresses)
  const limits = { guard, timeoutMs, maxAnswerBytes, redirects }
  const channels: Channel[] = webhooks.map((hook) =>
    webhookChannel({
      name: hook.name,
      url: hook.url,
      headers: hook.headers,
      keys: hook.secrets.map(secretBytes),
      profiles: hook.securityProfiles ?? null,
      source: SOURCE,
      floodFrom,
      limits,
    }),
  )
  if (alertmanager !== undefined) {
    const { url, headers, securityProfiles } = alertmanager
    channels.push(alertmanagerChannel({ url, headers, profiles: securityProfiles ?? null, limits }))
  }
  if (sns !== undefined) {
    const { endpoint = null, region = null } = sns
    channels.push(
      await snsChannel({ endpoint, region, credentials: null, floodFrom, timeoutMs, guard }),
    )
  }
  if (settings.log) channels.push(logChannel(log, floodFrom))
  return channels
}
