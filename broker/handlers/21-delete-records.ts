// DeleteRecords: moves the start of a partition's log; -1 means all that is there.
import { deleteRecords } from '../../wire/apis/21-delete-records.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { handlerOf, type RequestContext } from '../handler.ts'

const toTheEnd = -1

export const deleteRecordsHandler = handlerOf(deleteRecords, (context, request) => {
  const topics = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex, offset }) => remove(context, name, partitionIndex, offset)),
  }))
  return { throttleTimeMs: 0, topics }
})

function remove({ cluster, brokerId }: RequestContext, name: string, partitionIndex: number, offset: number) {
  const failed = (errorCode: number) => ({ partitionIndex, errorCode, lowWatermark: -1 })
  const topic = cluster.topics.byName(name)
  const partition = topic?.partitions[partitionIndex]
  if (topic === undefined || partition === undefined) return failed(kafkaCode.UNKNOWN_TOPIC_OR_PARTITION)
  const leadership = partition.leadershipCode(brokerId)
  if (leadership !== kafkaCode.NONE) return failed(leadership)
  if (!topic.resolved.isDeleted) return failed(kafkaCode.POLICY_VIOLATION)
  const { log } = partition
  const target = offset === toTheEnd ? log.highWatermark : offset
  if (target < 0 || target > log.highWatermark) return failed(kafkaCode.OFFSET_OUT_OF_RANGE)
  log.deleteBefore(target)
  partition.changed()
  return { partitionIndex, errorCode: kafkaCode.NONE, lowWatermark: log.startOffset }
}
