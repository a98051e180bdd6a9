// FindCoordinator (key 10): the broker in charge of a group or a transactional id. KIP-699 (v4) asks for many at once.
import { api, array, int8, int16, int32, nullable, string } from '../schema.ts'

export const coordinatorType = { group: 0, transaction: 1, share: 2 } as const

export const findCoordinator = api({
  key: 10,
  name: 'FindCoordinator',
  versions: [0, 6], // 6: KIP-932 share groups
  flexibleSince: 3,
  request: {
    key: string.until(3),
    keyType: int8.since(1).default(coordinatorType.group),
    coordinatorKeys: array(string).since(4),
  },
  response: {
    throttleTimeMs: int32.since(1),
    errorCode: int16.until(3),
    errorMessage: nullable(string).since(1).until(3),
    nodeId: int32.until(3),
    host: string.until(3),
    port: int32.until(3),
    coordinators: array({
      key: string,
      nodeId: int32,
      host: string,
      port: int32,
      errorCode: int16,
      errorMessage: nullable(string),
    }).since(4),
  },
})
