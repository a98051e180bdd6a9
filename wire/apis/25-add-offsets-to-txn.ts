// AddOffsetsToTxn (key 25): a transaction will commit offsets of this group (KIP-98); they follow in TxnOffsetCommit.
import { api, int16, int32, int64, string } from '../schema.ts'

export const addOffsetsToTxn = api({
  key: 25,
  name: 'AddOffsetsToTxn',
  versions: [0, 4], // 4: KIP-890 TRANSACTION_ABORTABLE
  flexibleSince: 3,
  request: {
    transactionalId: string,
    producerId: int64,
    producerEpoch: int16,
    groupId: string,
  },
  response: {
    throttleTimeMs: int32,
    errorCode: int16,
  },
})
