// WriteTxnMarkers (key 27): a coordinator has partitions close transactions; administrators abort hanging ones with it
// (KIP-664). KIP-1228 (v2) says by which rules a marker's epoch is to be read.
import { api, array, boolean, int8, int16, int32, int64, string } from '../schema.ts'

export const writeTxnMarkers = api({
  key: 27,
  name: 'WriteTxnMarkers',
  versions: [1, 2],
  flexibleSince: 1,
  request: {
    markers: array({
      producerId: int64,
      producerEpoch: int16,
      transactionResult: boolean, // true: commit
      topics: array({ name: string, partitionIndexes: array(int32) }),
      coordinatorEpoch: int32,
      transactionVersion: int8.since(2).default(0),
    }),
  },
  response: {
    markers: array({
      producerId: int64,
      topics: array({
        name: string,
        partitions: array({ partitionIndex: int32, errorCode: int16 }),
      }),
    }),
  },
})
