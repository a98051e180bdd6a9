// A batch written past every producer of ours. A leader that has just been elected may not know of it yet: it is asked again.
import { produce } from '../../wire/apis/00-produce.ts'
import type { Cluster } from '../../wire/cluster.ts'
import { kafkaCode, kafkaError } from '../../wire/error-codes.ts'

export interface BatchPlace {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
}

/** The offset of its first record. */
export async function writeBatch(
  cluster: Cluster,
  { topic, topicId, partition }: BatchPlace,
  records: Buffer,
): Promise<number> {
  const topicData = [{ name: topic, topicId, partitionData: [{ index: partition, records }] }]
  const body = { acks: -1, timeoutMs: 9_000, topicData }
  const answer = await cluster.sendWithRetry({ leader: { topic, partition } }, produce, body, {
    timeoutMs: 60_000,
    check: ({ responses }) => {
      const { errorCode, errorMessage } = responses[0]!.partitionResponses[0]!
      if (errorCode !== kafkaCode.NONE) throw kafkaError(errorCode, `${topic}-${partition}`, errorMessage)
    },
  })
  return answer.responses[0]!.partitionResponses[0]!.baseOffset
}
