// Real Apache Kafka behind the interface of both brokers. A freeze is SIGSTOP, a kill SIGKILL, damage a byte on disk.
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { inject } from 'vitest'
import {
  type Broker,
  type KafkaCluster,
  type KafkaPlace,
  kafkaVersionDefault,
  runTool,
  startKafka,
} from '../harness/index.ts'
import { javaTools } from './java-tools.ts'
import type { BrokerTarget, ClusterOptions, SharedCluster, TestBroker, TestCluster } from './target.ts'

export const realKafka = (version: string): BrokerTarget => ({
  kind: 'kafka',
  version,
  needs: (_, suite) => suite(),
  once: () => {},
  start: options => startReal({ heapMb: 512, version, ...options }),
  shared: () => (version === kafkaVersionDefault ? sharedKafka() : startReal({ heapMb: 512, version })),
})

async function sharedKafka(): Promise<SharedCluster> {
  const answer = await fetch(inject('sharedBrokerUrl'))
  if (!answer.ok) throw new Error(`the shared broker could not be started: ${await answer.text()}`)
  const place = (await answer.json()) as KafkaPlace
  const tool: KafkaCluster['tool'] = (name, args, options) => runTool(place.toolsDir, name, args, options)
  const { bootstrap, adminBootstrap, dir } = place
  const tools = javaTools({
    bootstrap,
    adminBootstrap,
    dir,
    tool,
    writeClientProperties: () => Promise.reject(new Error('the shared broker has no users')),
  })
  return { bootstrap, adminBootstrap, tools, kafkaTool: tool, stop: async () => {} }
}

async function startReal(options: ClusterOptions & { readonly version: string }): Promise<TestCluster> {
  const kafka = await startKafka(options)
  return {
    bootstrap: kafka.bootstrap,
    adminBootstrap: kafka.adminBootstrap,
    brokers: kafka.brokers.map(testBroker),
    certificates: kafka.certificates,
    tools: javaTools(kafka),
    kafkaTool: (...args) => kafka.tool(...args),
    writeClientProperties: identity => kafka.writeClientProperties(identity),
    damage: topic => damageOnDisk(kafka, topic),
    stop: () => kafka.stop(),
  }
}

function testBroker(broker: Broker): TestBroker {
  const { id, port } = broker
  const signal = async (name: NodeJS.Signals) => void process.kill(broker.pid!, name)
  return {
    id,
    port,
    kill: () => broker.kill(),
    start: () => broker.start(),
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
  }
}

/** Inside the value of the first record: behind the batch header (61 bytes) and the lengths of the record. */
export const damagedByte = 61 + 100

/** A clean stop first: what is in the page cache of a running broker would win. */
async function damageOnDisk({ brokers: [broker] }: KafkaCluster, topic: string): Promise<void> {
  await broker!.stop()
  const file = await open(join(broker!.dataDir, `${topic}-0`, '00000000000000000000.log'), 'r+')
  const byte = Buffer.alloc(1)
  await file.read(byte, 0, 1, damagedByte)
  await file.write(Buffer.of(byte[0]! ^ 0x01), 0, 1, damagedByte)
  await file.close()
  await broker!.start()
}
