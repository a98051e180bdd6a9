// ListTransactions (key 66): the transactional ids of a coordinator (KIP-664), filtered by state, producer id, since v1
// by how long they have been going on (KIP-994), since v2 by a pattern of the id (KIP-1152).
import { api, array, int16, int32, int64, nullable, string } from '../schema.ts'

export const listTransactions = api({
  key: 66,
  name: 'ListTransactions',
  versions: [0, 2],
  flexibleSince: 0,
  request: {
    stateFilters: array(string), // empty: all
    producerIdFilters: array(int64), // empty: all
    durationFilter: int64.since(1).default(-1), // -1: all; otherwise those that have been going on for longer, ms
    transactionalIdPattern: nullable(string).since(2).default(null),
  },
  response: {
    throttleTimeMs: int32,
    errorCode: int16,
    unknownStateFilters: array(string),
    transactionStates: array({ transactionalId: string, producerId: int64, transactionState: string }),
  },
})
