// WriteTxnMarkers: what administrators end a hanging transaction with (KIP-664). The coordinator of this cluster writes
// its own markers without asking.
import { writeTxnMarkers } from '../../wire/apis/27-write-txn-markers.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { handlerOf, type RequestBodyOf, type RequestContext } from '../handler.ts'
import { makeTransactions } from '../transaction-service.ts'

type Marker = RequestBodyOf<typeof writeTxnMarkers>['markers'][number]

export const writeTxnMarkersHandler = handlerOf(writeTxnMarkers, (context, { markers }) => ({
  markers: markers.map(marker => ({
    producerId: marker.producerId,
    topics: marker.topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map(partitionIndex => {
        return { partitionIndex, errorCode: write(context, marker, name, partitionIndex) }
      }),
    })),
  })),
}))

function write({ cluster, brokerId }: RequestContext, marker: Marker, topic: string, index: number): number {
  const partition = cluster.partition(topic, index)
  if (partition === undefined) return kafkaCode.UNKNOWN_TOPIC_OR_PARTITION
  const leadership = partition.leadershipCode(brokerId)
  if (leadership !== kafkaCode.NONE) return leadership
  return cluster.part(makeTransactions).writeMarker(partition, marker, marker.transactionResult ? 'commit' : 'abort')
}
