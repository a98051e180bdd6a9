// Shows that the properties file which lets Kafka's own tools into a secured cluster lets us in as well, for every SASL
// mechanism over TLS with client certificates; and that environment and flags change what the file says.
// Method: one file a mechanism, given first to kafka-broker-api-versions and then to us; where there is no Java, the same
// settings to another client.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ClientConfigInput, readClientConfig } from '../../wire/client-config.ts'
import { Cluster } from '../../wire/cluster.ts'
import { describeBrokers } from './brokers/describe-brokers.ts'
import type { TestCluster } from './brokers/target.ts'
import { type SaslMechanism, saslMechanisms } from './harness/index.ts'

async function enter(input: Omit<ClientConfigInput, 'readFile'>): Promise<number> {
  const { settings } = readClientConfig({ ...input, readFile: readFileSync })
  const cluster = await Cluster.connect({ ...settings, requestTimeoutMs: 5_000 })
  try {
    return (await cluster.metadata()).brokers.size
  } finally {
    await cluster.close()
  }
}

const right = 'the "right" \\ one'

describeBrokers('the properties file of a secured cluster', broker => {
  let kafka: TestCluster
  beforeAll(async () => {
    kafka = await broker.start({
      security: 'SASL_SSL',
      saslMechanisms: [...saslMechanisms],
      requireClientCertificate: true,
      users: { alice: right },
    })
  })
  afterAll(() => kafka?.stop())

  const passwordMechanisms = saslMechanisms.filter(mechanism => mechanism !== 'OAUTHBEARER')
  it.each(passwordMechanisms)('opens it with %s, as it does for others', expectEntry)
  broker.needs('oauthBearer', () => {
    it('opens it with OAUTHBEARER, as it does for others', () => expectEntry('OAUTHBEARER'))
  })

  async function expectEntry(mechanism: SaslMechanism): Promise<void> {
    await kafka.tools.enter({ mechanism })
    expect(await enter({ filePath: await kafka.writeClientProperties({ mechanism }) })).toBe(1)
  }

  it('gives way to the environment, and that to a flag', async () => {
    const filePath = await kafka.writeClientProperties({ mechanism: 'PLAIN', password: 'wrong' })
    await expect(enter({ filePath })).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED' })
    expect(await enter({ filePath, env: { MILLRACE_SASL_PASSWORD: right } })).toBe(1)
    const flags = [{ flag: '--sasl-password', property: 'sasl.password', value: 'wrong again' }]
    const given = { filePath, env: { MILLRACE_SASL_PASSWORD: right }, flags }
    await expect(enter(given)).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED' })
  })
})
