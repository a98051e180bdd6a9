// The settings that a result repeats: everything that shaped the run, nothing that opens a door. Connection settings are
// named one by one, so that a secret added to ClientSettings later cannot slip into a file that people share.
import type { SaslSettings, TlsSettings } from '../../wire/settings.ts'
import type { BenchPlan } from '../plan.ts'

export function publicSettings({ client, registry, ...plan }: BenchPlan): Record<string, unknown> {
  return {
    ...plan,
    ...(registry && { registry: { url: withoutUser(registry.url), autoRegister: registry.autoRegister } }),
    client: {
      bootstrap: client.bootstrap.map(({ host, port }) => `${host}:${port}`),
      clientId: client.clientId,
      securityProtocol: client.securityProtocol,
      ...(client.tls && { tls: publicTls(client.tls) }),
      ...(client.sasl && { sasl: publicSasl(client.sasl) }),
      connectTimeoutMs: client.connectTimeoutMs,
      requestTimeoutMs: client.requestTimeoutMs,
      reconnectBackoffMs: client.reconnectBackoffMs,
      reconnectBackoffMaxMs: client.reconnectBackoffMaxMs,
      retryBackoffMs: client.retryBackoffMs,
      metadataMaxAgeMs: client.metadataMaxAgeMs,
    },
  }
}

const publicTls = ({ caPem, certificatePem, verifyHostname }: TlsSettings) => ({
  trust: caPem === undefined ? 'system' : 'own CA',
  clientCertificate: certificatePem !== undefined,
  verifyHostname,
})

/** User names are left out as well: in a result that is passed around they help nobody but an intruder. */
const publicSasl = ({ mechanism }: SaslSettings) => ({ mechanism })

const withoutUser = (url: string): string => url.replace(/\/\/[^@/]*@/, '//')
