// AddPartitionsToTxn (key 24): a transaction grows by partitions (KIP-98). KIP-890 (v4) lets brokers ask for many
// transactions at once, and only whether a partition is in one; producers stay with the flat form of v3.
import { api, array, boolean, int16, int32, int64, string } from '../schema.ts'

const topic = { name: string, partitions: array(int32) }

const topicResult = {
  name: string,
  resultsByPartition: array({ partitionIndex: int32, partitionErrorCode: int16 }),
}

export const addPartitionsToTxn = api({
  key: 24,
  name: 'AddPartitionsToTxn',
  versions: [0, 5], // 5: KIP-890 TRANSACTION_ABORTABLE
  flexibleSince: 3,
  request: {
    transactions: array({
      transactionalId: string,
      producerId: int64,
      producerEpoch: int16,
      verifyOnly: boolean.default(false),
      topics: array(topic),
    }).since(4),
    v3AndBelowTransactionalId: string.until(3),
    v3AndBelowProducerId: int64.until(3),
    v3AndBelowProducerEpoch: int16.until(3),
    v3AndBelowTopics: array(topic).until(3),
  },
  response: {
    throttleTimeMs: int32,
    errorCode: int16.since(4),
    resultsByTransaction: array({ transactionalId: string, topicResults: array(topicResult) }).since(4),
    resultsByTopicV3AndBelow: array(topicResult).until(3),
  },
})
