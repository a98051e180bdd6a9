// EndTxn (key 26): commit or abort (KIP-98). KIP-890 (v5) hands out the epoch of the next transaction with the answer.
import { api, boolean, int16, int32, int64, string } from '../schema.ts'

export const endTxn = api({
  key: 26,
  name: 'EndTxn',
  versions: [0, 5],
  flexibleSince: 3,
  request: {
    transactionalId: string,
    producerId: int64,
    producerEpoch: int16,
    committed: boolean,
  },
  response: {
    throttleTimeMs: int32,
    errorCode: int16,
    producerId: int64.since(5).default(-1),
    producerEpoch: int16.since(5).default(-1),
  },
})
