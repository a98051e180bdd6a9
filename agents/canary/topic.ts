// The canary's topic: made once, one partition led by each broker; never changed afterwards.
import { isMillraceError } from '../../core/errors.ts'
import { createTopic } from '../../wire/admin.ts'
import type { Cluster } from '../../wire/cluster.ts'
import type { TopicMetadata } from '../../wire/cluster-metadata.ts'
import { assignmentsFor } from './layout.ts'

export interface CanaryTopic {
  readonly name: string
  /** At most; fewer in a smaller cluster. */
  readonly replicationFactor: number
  readonly isMade: boolean
}

/** Small segments and little retention: what the canary writes is of no use to anybody after a minute. */
export const canaryTopicConfigs = {
  'retention.ms': '600000',
  'segment.ms': '600000',
  'retention.bytes': '16777216',
  'segment.bytes': '4194304',
  'cleanup.policy': 'delete',
}

/** Throws TOPIC_UNKNOWN when there is none and it is not to be made. */
export async function canaryTopicOf(cluster: Cluster, { name, replicationFactor, isMade }: CanaryTopic) {
  try {
    return await cluster.topic(name, { allowCached: false })
  } catch (error) {
    if (!isMade || !isMillraceError(error) || error.code !== 'TOPIC_UNKNOWN') throw error
    return makeTopic(cluster, name, replicationFactor)
  }
}

async function makeTopic(cluster: Cluster, name: string, replicationFactor: number): Promise<TopicMetadata> {
  const { brokers } = await cluster.metadata([], { allowCached: false })
  const assignments = assignmentsFor(brokers.keys(), replicationFactor)
  const replicas = assignments[0]?.length ?? 1
  const spec = { name, partitions: assignments.length, replicationFactor: replicas, assignments }
  try {
    return await createTopic(cluster, { ...spec, configs: canaryTopicConfigs })
  } catch (error) {
    // Another agent was faster.
    if (isMillraceError(error) && error.code === 'TOPIC_CREATE_FAILED')
      return cluster.topic(name, { allowCached: false })
    throw error
  }
}
