// SyncGroup: the answer comes when the leader has handed in the assignments.
import { syncGroup } from '../../wire/apis/14-sync-group.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { syncError } from '../groups/classic-messages.ts'
import { groupsOf, placeError } from '../groups/of-cluster.ts'
import { handlerOf } from '../handler.ts'

export const syncGroupHandler = handlerOf(syncGroup, async (context, request) => {
  const { groupId, memberId, groupInstanceId, generationId, protocolType, protocolName } = request
  const misplaced = placeError(context, groupId)
  // Copies: the group outlives the frame.
  const assignments = new Map(request.assignments.map(each => [each.memberId, Buffer.from(each.assignment)]))
  const asked = { memberId, groupInstanceId, generationId, protocolType, protocolName, assignments }
  const answer = misplaced === kafkaCode.NONE ? await groupsOf(context).sync(groupId, asked) : syncError(misplaced)
  return { throttleTimeMs: 0, ...answer }
})
