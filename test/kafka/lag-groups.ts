// The groups that lag is looked at in: of all four types, with members and without, of commits that are behind, overtaken and ahead.
import { type ChildProcess, spawn } from 'node:child_process'
import { commitOffsets, createTopic, deleteTopic } from '../../wire/admin.ts'
import { configOperation, incrementalAlterConfigs } from '../../wire/apis/44-incremental-alter-configs.ts'
import type { Cluster } from '../../wire/cluster.ts'
import { append, deleteBefore } from '../agents/writing.ts'
import type { KafkaCluster } from './harness/index.ts'
import { startStreamsApp } from './harness/streams.ts'

/** Of settings (KIP-848). */
const groupResource = 32

export const times = (count: number): number[] =>
  Array.from({ length: count }, (_, index) => Date.now() - 1000 * (count - index))

/** `running` gets each process as it starts. Resolves with two of them: the share consumer and the streams application. */
export async function makeGroups(
  kafka: KafkaCluster,
  cluster: Cluster,
  running: ChildProcess[],
): Promise<readonly ChildProcess[]> {
  for (const topic of ['orders', 'shared']) await fill(cluster, topic)
  for (const protocol of ['classic', 'consumer']) running.push(consume(kafka, protocol))
  await shareFromTheStart(cluster, 'sharers')
  const line = kafka.toolCommand('kafka-console-share-consumer', [
    ...['--bootstrap-server', kafka.bootstrap, '--topic', 'shared', '--group', 'sharers'],
  ])
  const others = [spawn(line.command, line.args, { stdio: 'ignore' }), await startStreamsApp(kafka, 'copier', 'shared')]
  running.push(...others)
  await commitOffsets(cluster, 'empty', 'orders', new Map([[0, 2], [2, 7]])) // biome-ignore format: one line
  await createTopic(cluster, { name: 'short', partitions: 1, replicationFactor: 1 })
  await append(cluster, 'short', 0, times(6))
  await commitOffsets(cluster, 'overtaken', 'short', new Map([[0, 1]]))
  await deleteBefore(cluster, 'short', 0, 4)
  await makeAgainSmaller(cluster)
  return others
}

async function fill(cluster: Cluster, name: string): Promise<void> {
  await createTopic(cluster, { name, partitions: 3, replicationFactor: 1 })
  for (const partition of [0, 1, 2]) await append(cluster, name, partition, times(5 + partition))
}

function consume(kafka: KafkaCluster, protocol: string): ChildProcess {
  const args = ['--bootstrap-server', kafka.bootstrap, '--topic', 'orders', '--group', `by-${protocol}`]
  const properties = [`group.protocol=${protocol}`, 'auto.commit.interval.ms=200', 'auto.offset.reset=earliest']
  const flags = properties.flatMap(property => ['--command-property', property])
  const line = kafka.toolCommand('kafka-console-consumer', [...args, ...flags])
  return spawn(line.command, line.args, { stdio: 'ignore' })
}

/** A share group reads what comes after it, unless it is told otherwise. */
async function shareFromTheStart(cluster: Cluster, resourceName: string): Promise<void> {
  const configs = [{ name: 'share.auto.offset.reset', configOperation: configOperation.set, value: 'earliest' }]
  const resources = [{ resourceType: groupResource, resourceName, configs }]
  await cluster.send('controller', incrementalAlterConfigs, { resources, validateOnly: false })
}

/** A group keeps what it has committed when a topic goes and comes back, unless the broker was told of the deletion. */
async function makeAgainSmaller(cluster: Cluster): Promise<void> {
  await createTopic(cluster, { name: 'again', partitions: 1, replicationFactor: 1 })
  await deleteTopic(cluster, 'again')
  await createTopic(cluster, { name: 'again', partitions: 1, replicationFactor: 1 })
  await append(cluster, 'again', 0, times(2))
  await commitOffsets(cluster, 'ahead', 'again', new Map([[0, 9]]))
}
