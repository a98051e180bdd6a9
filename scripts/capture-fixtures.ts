// Writes test/fixtures/wire/<key>-<name>-v<version>.json: requests as Kafka's own clients and kafkajs send them, and the
// real broker's answers. A proxy listens on another loopback address, which the brokers advertise, so that every client
// goes through it. To be run again for a newer Kafka: node scripts/capture-fixtures.ts [version...]
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { kafkaVersionDefault, kafkaVersionOldest, startKafka } from '../test/kafka/harness/index.ts'
import { apiByKey } from '../wire/apis/index.ts'
import { javaSteps } from './capture/java-clients.ts'
import { kafkajsStep } from './capture/kafkajs.ts'
import { type Exchange, startRecordingProxy } from './capture/proxy.ts'

/** What one fixture file holds. Frames are in hex, without their size. */
interface Fixture {
  readonly api: string
  readonly version: number
  readonly exchanges: { broker: string; client: string; request: string; response: string }[]
}

type Recorded = Exchange & { readonly broker: string; readonly client: string }

const outDir = join(import.meta.dirname, '../test/fixtures/wire')
const proxyHost = '127.0.0.2'
const exchangeBytesMax = 6_000
/** In 3.9 the new protocol is there, but switched off. */
const groupsOfKip848 = { 'group.coordinator.rebalance.protocols': 'classic,consumer' }
const user = { username: 'capture', password: 'capture-secret' }

const versions = process.argv.length > 2 ? process.argv.slice(2) : [kafkaVersionDefault, kafkaVersionOldest]
const recorded: Recorded[] = []
for (const version of versions) recorded.push(...(await capture(version)))
await writeFixtures(recorded)

async function capture(version: string): Promise<Recorded[]> {
  await using kafka = await startKafka({
    version,
    advertisedHost: proxyHost,
    security: 'SASL_PLAINTEXT',
    users: { [user.username]: user.password },
    properties: version.startsWith('3.') ? groupsOfKip848 : {},
  })
  const found: Recorded[] = []
  let client = ''
  const route = { listenHost: proxyHost, targetHost: '127.0.0.1', port: kafka.brokers[0]!.port }
  const proxy = await startRecordingProxy(route, exchange => found.push({ ...exchange, broker: version, client }))
  for (const step of [...(await javaSteps(kafka)), kafkajsStep(kafka, user)]) {
    client = step.client
    console.log(`${version}: ${client}`)
    await step.run()
  }
  await proxy.close()
  return found
}

/** Of each API, version, broker and kind of client one exchange: the one that says most and is not too long. */
async function writeFixtures(all: readonly Recorded[]): Promise<void> {
  await mkdir(outDir, { recursive: true })
  const files = Map.groupBy(
    all.filter(({ apiKey }) => apiByKey.has(apiKey)),
    fileNameOf,
  )
  for (const [fileName, exchanges] of files) {
    const perSource = Map.groupBy(exchanges, ({ broker, client }) => `${broker} ${client === 'kafkajs'}`)
    const fixture: Fixture = {
      api: apiByKey.get(exchanges[0]!.apiKey)!.name,
      version: exchanges[0]!.apiVersion,
      exchanges: [...perSource.values()].map(each => asText(mostTelling(each))),
    }
    await writeFile(join(outDir, fileName), `${JSON.stringify(fixture, null, 1)}\n`)
  }
  console.log(`${files.size} files in ${outDir}`)
}

function fileNameOf({ apiKey, apiVersion }: Recorded): string {
  const name = apiByKey.get(apiKey)!.name.replaceAll(/(?<=.)[A-Z]/g, capital => `-${capital}`)
  return `${String(apiKey).padStart(2, '0')}-${name.toLowerCase()}-v${apiVersion}.json`
}

function lengthOf({ request, response }: Exchange): number {
  return request.length + response.length
}

function mostTelling(exchanges: readonly Recorded[]): Recorded {
  const byLength = [...exchanges].sort((a, b) => lengthOf(b) - lengthOf(a))
  return byLength.find(each => lengthOf(each) <= exchangeBytesMax) ?? byLength.at(-1)!
}

function asText({ broker, client, request, response }: Recorded): Fixture['exchanges'][number] {
  return { broker, client, request: request.toString('hex'), response: response.toString('hex') }
}
