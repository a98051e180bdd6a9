// OffsetForLeaderEpoch: where the epoch asked for ended, or the one before it.
import { offsetForLeaderEpoch } from '../../wire/apis/23-offset-for-leader-epoch.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { handlerOf, type RequestBodyOf, type RequestContext } from '../handler.ts'

type Asked = RequestBodyOf<typeof offsetForLeaderEpoch>['topics'][number]['partitions'][number]

export const offsetForLeaderEpochHandler = handlerOf(offsetForLeaderEpoch, (context, request) => {
  const topics = request.topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(asked => answer(context, topic, asked)),
  }))
  return { throttleTimeMs: 0, topics }
})

function answer({ cluster, brokerId }: RequestContext, topic: string, asked: Asked) {
  const { partition: index, currentLeaderEpoch, leaderEpoch } = asked
  const partition = cluster.partition(topic, index)
  if (partition === undefined) return { partition: index, errorCode: kafkaCode.UNKNOWN_TOPIC_OR_PARTITION }
  const errorCode = partition.leadershipCode(brokerId, currentLeaderEpoch)
  if (errorCode !== kafkaCode.NONE) return { partition: index, errorCode }
  const { log } = partition
  // The leader's own epoch goes on to the end of the log, also when nothing was written in it yet.
  if (leaderEpoch === partition.leaderEpoch)
    return { partition: index, errorCode, leaderEpoch, endOffset: log.endOffset }
  const found = leaderEpoch > partition.leaderEpoch ? undefined : log.endOfEpoch(leaderEpoch)
  return { partition: index, errorCode, leaderEpoch: found?.epoch ?? -1, endOffset: found?.endOffset ?? -1 }
}
