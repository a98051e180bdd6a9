// InitProducerId (key 22): a producer's identity for idempotence (KIP-98). Without a transactional id every call gives a
// new one; KIP-360 (v3) lets a transactional producer bump its epoch. v6 (KIP-939) is not yet stable in any release.
import { api, int16, int32, int64, nullable, string } from '../schema.ts'

export const initProducerId = api({
  key: 22,
  name: 'InitProducerId',
  versions: [0, 5],
  flexibleSince: 2,
  request: {
    transactionalId: nullable(string),
    transactionTimeoutMs: int32,
    producerId: int64.since(3).default(-1),
    producerEpoch: int16.since(3).default(-1),
  },
  response: {
    throttleTimeMs: int32,
    errorCode: int16,
    producerId: int64.default(-1),
    producerEpoch: int16,
  },
})
