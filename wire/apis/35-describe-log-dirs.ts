// DescribeLogDirs (key 35): bytes per partition and per disk. KIP-827 (v4) adds the volume's size and free space.
import { api, array, boolean, int16, int32, int64, nullable, string } from '../schema.ts'

export const describeLogDirs = api({
  key: 35,
  name: 'DescribeLogDirs',
  versions: [1, 5],
  flexibleSince: 2,
  request: {
    topics: nullable(array({ topic: string, partitions: array(int32) })), // null: all
  },
  response: {
    throttleTimeMs: int32,
    errorCode: int16.since(3),
    results: array({
      errorCode: int16,
      logDir: string,
      topics: array({
        name: string,
        partitions: array({ partitionIndex: int32, partitionSize: int64, offsetLag: int64, isFutureKey: boolean }),
      }),
      totalBytes: int64.since(4).default(-1),
      usableBytes: int64.since(4).default(-1),
      isCordoned: boolean.since(5), // KIP-1066: no new partitions here
    }),
  },
})
