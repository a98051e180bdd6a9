// Shows that a result never carries a secret. Method: a plan whose every secret is a marked word, and the JSON is searched.
import { describe, expect, it } from 'vitest'
import type { BenchPlan } from '../../../loadgen/plan.ts'
import { publicSettings } from '../../../loadgen/report/settings.ts'
import { type ClientSettings, clientDefaults, type SaslSettings } from '../../../wire/settings.ts'

const sasls: SaslSettings[] = [
  { mechanism: 'PLAIN', username: 'hidden-user', password: 'hidden-password' },
  { mechanism: 'OAUTHBEARER', token: { kind: 'static', token: 'hidden-token' }, extensions: { a: 'hidden-extension' } },
  {
    mechanism: 'OAUTHBEARER',
    token: { kind: 'endpoint', url: 'https://hidden@idp', clientId: 'hidden-id', clientSecret: 'hidden-secret' },
  },
]

const planWith = (sasl: SaslSettings): BenchPlan => ({
  mode: 'produce',
  client: {
    ...clientDefaults,
    bootstrap: [{ host: 'broker', port: 9093 }],
    securityProtocol: 'SASL_SSL',
    tls: {
      caPem: 'hidden-ca',
      certificatePem: 'hidden-cert',
      keyPem: 'hidden-key',
      keyPassphrase: 'hidden-phrase',
      verifyHostname: false,
    },
    sasl,
    unknownLater: 'hidden-novelty',
  } as ClientSettings,
  topic: { name: 'topic' },
  workers: 1,
  seed: 7,
  warmupMs: 0,
})

describe('public settings', () => {
  it.each(sasls)('$mechanism: nothing hidden comes out', sasl => {
    expect(JSON.stringify(publicSettings(planWith(sasl)))).not.toContain('hidden')
  })

  it('says how the connection was made', () => {
    expect(publicSettings(planWith(sasls[0]!))).toMatchObject({
      seed: 7,
      client: {
        bootstrap: ['broker:9093'],
        securityProtocol: 'SASL_SSL',
        sasl: { mechanism: 'PLAIN' },
        tls: { trust: 'own CA', clientCertificate: true, verifyHostname: false },
      },
    })
  })
})
