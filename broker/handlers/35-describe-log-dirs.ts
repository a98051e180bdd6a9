// DescribeLogDirs: the bytes of the replicas of this broker. Its one "directory" is memory, whose size is the limit.
import { describeLogDirs } from '../../wire/apis/35-describe-log-dirs.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { handlerOf, type RequestBodyOf, type RequestContext } from '../handler.ts'
import type { Topic } from '../topic.ts'

type Asked = RequestBodyOf<typeof describeLogDirs>['topics']

const logDir = '/memory'

export const describeLogDirsHandler = handlerOf(describeLogDirs, (context, request) => {
  const { memory } = context.cluster
  const topics = topicsOf(context, request.topics)
  const totalBytes = memory.limitBytes
  const usableBytes = Math.max(0, memory.limitBytes - memory.usedBytes)
  const results = [{ errorCode: kafkaCode.NONE, logDir, topics, totalBytes, usableBytes, isCordoned: false }]
  return { throttleTimeMs: 0, errorCode: kafkaCode.NONE, results }
})

function topicsOf({ cluster, brokerId }: RequestContext, asked: Asked) {
  if (asked === null) return [...cluster.topics].map(topic => sizesOf(topic, brokerId)).filter(isHere)
  return asked.flatMap(({ topic: name, partitions }) => {
    const topic = cluster.topics.byName(name)
    return topic === undefined ? [] : [sizesOf(topic, brokerId, partitions)].filter(isHere)
  })
}

const isHere = ({ partitions }: { partitions: readonly unknown[] }) => partitions.length > 0

function sizesOf(topic: Topic, brokerId: number, wanted?: readonly number[]) {
  const here = topic.partitions.filter(({ index, replicas }) => {
    return replicas.includes(brokerId) && (wanted === undefined || wanted.includes(index))
  })
  const partitions = here.map(({ index, log }) => {
    return { partitionIndex: index, partitionSize: log.sizeBytes, offsetLag: 0, isFutureKey: false }
  })
  return { name: topic.name, partitions }
}
