// OffsetDelete: offsets of topics that no member of the group reads (KIP-496).
import { offsetDelete } from '../../wire/apis/47-offset-delete.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { groupsOf, placeError } from '../groups/of-cluster.ts'
import { handlerOf, type RequestContext } from '../handler.ts'

export const offsetDeleteHandler = handlerOf(offsetDelete, (context, { groupId, topics }) => {
  const misplaced = placeError(context, groupId)
  const errorCode = misplaced === kafkaCode.NONE ? groupsOf(context).offsetDeleteError(groupId) : misplaced
  if (errorCode !== kafkaCode.NONE) return { errorCode, throttleTimeMs: 0, topics: [] }
  const answers = topics.map(({ name, partitions }) => {
    const answered = partitions.map(({ partitionIndex }) => {
      return { partitionIndex, errorCode: deleteOne(context, groupId, name, partitionIndex) }
    })
    return { name, partitions: answered }
  })
  return { errorCode, throttleTimeMs: 0, topics: answers }
})

function deleteOne(context: RequestContext, groupId: string, name: string, partition: number): number {
  const groups = groupsOf(context)
  if (context.cluster.partition(name, partition) === undefined) return kafkaCode.UNKNOWN_TOPIC_OR_PARTITION
  if (groups.isSubscribed(groupId, name)) return kafkaCode.GROUP_SUBSCRIBED_TO_TOPIC
  groups.offsets.delete(groupId, name, partition)
  return kafkaCode.NONE
}
