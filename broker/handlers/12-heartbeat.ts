// Heartbeat: REBALANCE_IN_PROGRESS is how a member learns that it has to join again.
import { heartbeat } from '../../wire/apis/12-heartbeat.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { groupsOf, placeError } from '../groups/of-cluster.ts'
import { handlerOf } from '../handler.ts'

export const heartbeatHandler = handlerOf(heartbeat, (context, request) => {
  const { groupId, memberId, groupInstanceId, generationId } = request
  const misplaced = placeError(context, groupId)
  if (misplaced !== kafkaCode.NONE) return { throttleTimeMs: 0, errorCode: misplaced }
  const errorCode = groupsOf(context).heartbeat(groupId, memberId, groupInstanceId, generationId)
  return { throttleTimeMs: 0, errorCode }
})
