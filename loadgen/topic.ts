// The topic of a run: found, or created and then removed again by the run that created it, and by no other.
import { MillraceError } from '../core/errors.ts'
import { createTopic, deleteTopic, describeTopicConfigs, listOffsets } from '../wire/admin.ts'
import type { Cluster } from '../wire/cluster.ts'
import type { TopicMetadata } from '../wire/cluster-metadata.ts'
import { kafkaCode } from '../wire/error-codes.ts'
import type { TopicPlan } from './plan.ts'

export interface RunTopic {
  readonly name: string
  readonly id: string
  readonly created: boolean
  readonly partitions: number
  readonly replicationFactor: number
  /** Leader of each partition. */
  readonly leaders: readonly number[]
  /** Settings that differ from the broker's defaults; empty when this client may not see them. */
  readonly configs: Readonly<Record<string, string>>
}

export async function prepareTopic(
  cluster: Cluster,
  plan: TopicPlan,
  onNotice: (text: string) => void,
): Promise<RunTopic> {
  const found = await findTopic(cluster, plan.name)
  if (found !== undefined) {
    noticeOtherLayout(found, plan, onNotice)
    return describe(cluster, found, false)
  }
  if (plan.create === undefined) throw new MillraceError('TOPIC_UNKNOWN', `topic '${plan.name}' does not exist`)
  const { partitions, replicationFactor, configs } = plan.create
  await createTopic(cluster, { name: plan.name, partitions, replicationFactor, configs })
  onNotice(`created topic ${plan.name}: ${partitions} partitions`)
  try {
    return await describe(cluster, await cluster.topic(plan.name, { allowCached: false }), true)
  } catch (error) {
    // The run ends before anybody is told of the topic, so nobody else removes it.
    await removeTopic(cluster, plan, { name: plan.name, created: true }, onNotice)
    throw error
  }
}

/** The report of a run waits for no longer than this on a cluster that does not delete. */
const removeTimeoutMs = 10_000

/** Removes the topic if this run created it and was not asked to keep it. */
export async function removeTopic(
  cluster: Cluster,
  plan: TopicPlan,
  topic: Pick<RunTopic, 'name' | 'created'>,
  onNotice: (text: string) => void,
): Promise<void> {
  if (!topic.created || plan.create?.keep) return
  try {
    await deleteTopic(cluster, topic.name, { timeoutMs: removeTimeoutMs })
  } catch (error) {
    onNotice(`topic ${topic.name} was created by this run and could not be deleted: ${(error as Error).message}`)
  }
}

async function findTopic(cluster: Cluster, name: string): Promise<TopicMetadata | undefined> {
  try {
    return await cluster.topic(name, { allowCached: false })
  } catch (error) {
    const isMissing = error instanceof MillraceError && error.kafkaCode === kafkaCode.UNKNOWN_TOPIC_OR_PARTITION
    if (isMissing) return undefined
    throw error
  }
}

function noticeOtherLayout(found: TopicMetadata, { name, create }: TopicPlan, onNotice: (text: string) => void): void {
  if (create === undefined || create.partitions === found.partitions.length) return
  onNotice(`topic ${name} exists with ${found.partitions.length} partitions and is used as it is`)
}

async function describe(cluster: Cluster, topic: TopicMetadata, created: boolean): Promise<RunTopic> {
  const leaders = new Array<number>(topic.partitions.length).fill(-1)
  for (const { index, leader } of topic.partitions) leaders[index] = leader
  return {
    name: topic.name,
    id: topic.id,
    created,
    partitions: leaders.length,
    replicationFactor: topic.partitions[0]?.replicas.length ?? 0,
    leaders,
    configs: await configsOf(cluster, topic.name),
  }
}

async function configsOf(cluster: Cluster, name: string): Promise<Record<string, string>> {
  try {
    const entries = await describeTopicConfigs(cluster, name)
    const own = [...entries].filter(([, { isDefault }]) => !isDefault)
    return Object.fromEntries(own.map(([key, { value }]) => [key, value ?? '(sensitive)']))
  } catch (error) {
    // Producing needs no right to describe configs, so a run does without when it has none.
    if (error instanceof MillraceError && error.code === 'AUTHORIZATION_FAILED') return {}
    throw error
  }
}

/** End offset of every partition, by partition. */
export async function endOffsetsOf(
  cluster: Cluster,
  topic: Pick<RunTopic, 'name' | 'leaders'>,
  isolation: 'read_uncommitted' | 'read_committed' = 'read_uncommitted',
): Promise<number[]> {
  const found = await listOffsets(cluster, topic.name, 'all', 'latest', isolation)
  return topic.leaders.map((_, partition) => found.get(partition)?.offset ?? 0)
}
