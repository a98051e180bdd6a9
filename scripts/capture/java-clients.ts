// Kafka's own tools, in an order in which each finds something to say, and a program for what no tool does.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MillraceError } from '../../core/errors.ts'
import type { KafkaCluster } from '../../test/kafka/harness/index.ts'
import { group, type Step, topic } from './step.ts'

const programPath = join(import.meta.dirname, '../CaptureClients.java')
const nextGroup = 'fixtures-next-group'
const shareGroup = 'fixtures-share-group'
const stepTimeoutMs = 120_000

/** The tools answer within seconds, so they are started one after the other, as a person would. */
export async function javaSteps(kafka: KafkaCluster): Promise<readonly Step[]> {
  const configPath = await kafka.writeClientProperties()
  const step = (client: string, name: string, args: readonly string[], input = ''): Step => ({
    client,
    run: async () => {
      const result = await kafka.tool(name, args, { input, timeoutMs: stepTimeoutMs })
      if (result.code === 0) return
      throw new MillraceError('OUTPUT_FAILED', `${name} ended with ${result.code}\n${result.stderr}${result.stdout}`)
    },
  })
  const bootstrap = ['--bootstrap-server', kafka.bootstrap]
  const client: Tool = (name, args, input) => step(name, name, [...bootstrap, ...args], input)
  const admin: Tool = (name, args) => client(name, ['--command-config', configPath, ...args])
  const perfTest = ['--topic', topic, '--num-records', '20', '--record-size', '10', '--throughput', '-1']
  const transactions = ['--transactional-id', 'fixtures-perf', '--transaction-duration-ms', '10']
  return [
    admin('kafka-topics', ['--create', '--topic', topic, '--partitions', '1']),
    admin('kafka-topics', ['--alter', '--topic', topic, '--partitions', '2']),
    client('kafka-console-producer', ['--producer.config', configPath, '--topic', topic], 'one\ntwo\nthree\n'),
    ...consumerSteps(client, configPath),
    step('kafka-producer-perf-test', 'kafka-producer-perf-test', [
      ...['--producer.config', configPath, ...perfTest, ...transactions],
    ]),
    step('kafka-clients', programPath, [configPath, topic, 'classic,consumer']),
    ...groupSteps(admin),
    ...(kafka.version.startsWith('3.') ? [] : newGroupSteps(admin, client, configPath)),
    ...transactionSteps(admin),
    ...topicSteps(admin, await deletionPath(kafka)),
  ]
}

type Tool = (name: string, args: readonly string[], input?: string) => Step

function consumerSteps(client: Tool, configPath: string): readonly Step[] {
  const consume = (groupId: string, property: string) =>
    client('kafka-console-consumer', [
      ...['--consumer.config', configPath, '--topic', topic, '--from-beginning', '--max-messages', '3'],
      ...['--group', groupId, '--consumer-property', property],
    ])
  return [consume(group, 'group.protocol=classic'), consume(nextGroup, 'group.protocol=consumer')]
}

function groupSteps(admin: Tool): readonly Step[] {
  return [
    admin('kafka-consumer-groups', ['--list', '--state']),
    admin('kafka-consumer-groups', ['--describe', '--group', group]),
    admin('kafka-consumer-groups', ['--describe', '--group', nextGroup]),
    admin('kafka-consumer-groups', ['--delete-offsets', '--group', group, '--topic', topic]),
    admin('kafka-consumer-groups', ['--delete', '--group', group, '--group', nextGroup]),
  ]
}

/** Share groups (KIP-932) and streams groups (KIP-1071). No program here is a streams member, so that group is not found. */
function newGroupSteps(admin: Tool, client: Tool, configPath: string): readonly Step[] {
  const fromStart = ['--alter', '--add-config', 'share.auto.offset.reset=earliest']
  return [
    admin('kafka-configs', ['--entity-type', 'groups', '--entity-name', shareGroup, ...fromStart]),
    client('kafka-console-share-consumer', [
      ...['--consumer-config', configPath, '--topic', topic, '--group', shareGroup, '--max-messages', '3'],
    ]),
    admin('kafka-share-groups', ['--describe', '--group', shareGroup]),
    admin('kafka-share-groups', ['--describe', '--group', shareGroup, '--members']),
    mayFail(admin('kafka-streams-groups', ['--describe', '--group', 'fixtures-streams-group'])),
  ]
}

/** The tool ends with 1 when the broker says no, and the answer is what matters. */
const mayFail = ({ client, run }: Step): Step => ({ client, run: () => run().catch(() => {}) })

function transactionSteps(admin: Tool): readonly Step[] {
  return [
    admin('kafka-transactions', ['list']),
    admin('kafka-transactions', ['describe', '--transactional-id', 'fixtures-perf']),
    admin('kafka-transactions', ['describe-producers', '--topic', topic, '--partition', '0']),
  ]
}

function topicSteps(admin: Tool, offsetsPath: string): readonly Step[] {
  const named = ['--entity-type', 'topics', '--entity-name', topic]
  return [
    admin('kafka-configs', [
      ...named,
      '--alter',
      '--add-config',
      'retention.ms=3600000,cleanup.policy=[compact,delete]',
    ]),
    admin('kafka-configs', [...named, '--describe']),
    admin('kafka-get-offsets', ['--topic', topic]),
    admin('kafka-reassign-partitions', ['--list']),
    admin('kafka-log-dirs', ['--describe', '--topic-list', topic]),
    admin('kafka-delete-records', ['--offset-json-file', offsetsPath]),
    admin('kafka-metadata-quorum', ['describe', '--status']),
    admin('kafka-topics', ['--describe', '--topic', topic]),
    admin('kafka-topics', ['--delete', '--topic', topic]),
  ]
}

/** Of one partition everything, of the other nothing. */
async function deletionPath(kafka: KafkaCluster): Promise<string> {
  const path = join(kafka.dir, 'delete-records.json')
  const partitions = [
    { topic, partition: 0, offset: -1 },
    { topic, partition: 1, offset: 0 },
  ]
  await writeFile(path, JSON.stringify({ version: 1, partitions }))
  return path
}
