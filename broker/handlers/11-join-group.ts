// JoinGroup: the answer comes when the rebalance is over. A member that is asked to come back with its id is answered at once.
import { joinGroup } from '../../wire/apis/11-join-group.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { joinError } from '../groups/classic-messages.ts'
import { groupsOf, hostOf, placeError } from '../groups/of-cluster.ts'
import { handlerOf } from '../handler.ts'

const memberIdRequiredSince = 4
const nullProtocolSince = 7
const skipAssignmentSince = 9

export const joinGroupHandler = handlerOf(joinGroup, async (context, request) => {
  const { version, clientId } = context
  const { groupId, memberId, groupInstanceId, sessionTimeoutMs, rebalanceTimeoutMs, protocolType } = request
  const misplaced = placeError(context, groupId)
  const asked = {
    memberId,
    groupInstanceId,
    clientId: clientId ?? '',
    clientHost: hostOf(context),
    sessionTimeoutMs,
    rebalanceTimeoutMs: rebalanceTimeoutMs < 0 ? sessionTimeoutMs : rebalanceTimeoutMs,
    protocolType,
    // Copies: the group outlives the frame.
    protocols: request.protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) })),
    isMemberIdRequired: version >= memberIdRequiredSince,
    canSkipAssignment: version >= skipAssignmentSince,
  }
  const answer =
    misplaced === kafkaCode.NONE ? await groupsOf(context).join(groupId, asked) : joinError(misplaced, memberId)
  const protocolName = answer.protocolName ?? (version < nullProtocolSince ? '' : null)
  return { throttleTimeMs: 0, ...answer, protocolName }
})
