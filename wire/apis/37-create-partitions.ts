// CreatePartitions (key 37, KIP-195): grows a topic. `count` is the new total, not the growth.
import { api, array, boolean, int16, int32, nullable, string } from '../schema.ts'

export const createPartitions = api({
  key: 37,
  name: 'CreatePartitions',
  versions: [0, 3],
  flexibleSince: 2,
  request: {
    topics: array({
      name: string,
      count: int32,
      assignments: nullable(array({ brokerIds: array(int32) })), // of the new partitions; null: the broker chooses
    }),
    timeoutMs: int32,
    validateOnly: boolean,
  },
  response: {
    throttleTimeMs: int32,
    results: array({ name: string, errorCode: int16, errorMessage: nullable(string) }),
  },
})
