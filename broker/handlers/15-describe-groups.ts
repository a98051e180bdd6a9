// DescribeGroups: classic groups. One that is unknown, or of the new protocol, reads as Dead, and from v6 on as an error.
import { describeGroups } from '../../wire/apis/15-describe-groups.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { allowedOn, notAsked } from '../authorized-operations.ts'
import type { ClassicGroup } from '../groups/classic.ts'
import { type ClassicMember, metadataOf } from '../groups/classic-members.ts'
import { groupsOf, placeError } from '../groups/of-cluster.ts'
import { handlerOf, type RequestContext } from '../handler.ts'

const notFoundSince = 6
const nothing = Buffer.alloc(0)

export const describeGroupsHandler = handlerOf(describeGroups, (context, { groups, includeAuthorizedOperations }) => {
  const authorizedOperations = includeAuthorizedOperations ? allowedOn.group : notAsked
  const described = groups.map(groupId => ({ ...describe(context, groupId), groupId, authorizedOperations }))
  return { throttleTimeMs: 0, groups: described }
})

function describe(context: RequestContext, groupId: string) {
  const misplaced = placeError(context, groupId)
  if (misplaced !== kafkaCode.NONE) return { ...dead(misplaced), groupState: '' }
  const group = groupsOf(context).get(groupId)
  if (group?.type === 'classic') return known(group)
  if (context.version < notFoundSince) return dead(kafkaCode.NONE)
  const why = group === undefined ? 'not found' : 'not a classic group'
  return { ...dead(kafkaCode.GROUP_ID_NOT_FOUND), errorMessage: `Group ${groupId} is ${why}.` }
}

const dead = (errorCode: number) => {
  return { errorCode, errorMessage: null, groupState: 'Dead', protocolType: '', protocolData: '', members: [] }
}

/** Subscriptions and assignments are shown when they belong together, in a stable group. */
function known({ state, members, protocolName }: ClassicGroup) {
  const protocol = state === 'Stable' ? protocolName : null
  const shown = [...members].map(member => memberOf(member, protocol))
  const protocolType = members.protocolType ?? ''
  const status = { errorCode: kafkaCode.NONE, errorMessage: null, groupState: state }
  return { ...status, protocolType, protocolData: protocol ?? '', members: shown }
}

function memberOf(member: ClassicMember, protocol: string | null) {
  const { memberId, groupInstanceId, clientId, clientHost } = member
  const memberMetadata = metadataOf(member, protocol)
  const memberAssignment = protocol === null ? nothing : member.assignment
  return { memberId, groupInstanceId, clientId, clientHost, memberMetadata, memberAssignment }
}
