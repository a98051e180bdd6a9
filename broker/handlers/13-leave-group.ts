// LeaveGroup: members go at once, so that the others need not wait for their sessions to end.
import { leaveGroup } from '../../wire/apis/13-leave-group.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { groupsOf, placeError } from '../groups/of-cluster.ts'
import { handlerOf } from '../handler.ts'

const manySince = 3

export const leaveGroupHandler = handlerOf(leaveGroup, (context, { groupId, memberId, members }) => {
  const misplaced = groupId === '' ? kafkaCode.INVALID_GROUP_ID : placeError(context, groupId)
  if (misplaced !== kafkaCode.NONE) return { throttleTimeMs: 0, errorCode: misplaced, members: [] }
  const groups = groupsOf(context)
  if (context.version < manySince) return { throttleTimeMs: 0, errorCode: groups.leave(groupId, memberId, null) }
  const answers = members.map(member => {
    const errorCode = groups.leave(groupId, member.memberId, member.groupInstanceId)
    return { memberId: member.memberId, groupInstanceId: member.groupInstanceId, errorCode }
  })
  return { throttleTimeMs: 0, errorCode: kafkaCode.NONE, members: answers }
})
