// ListGroups: the groups that this broker coordinates, of the states and types that are asked for.
import { listGroups } from '../../wire/apis/16-list-groups.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import type { Group } from '../groups/coordinator.ts'
import { groupsOf } from '../groups/of-cluster.ts'
import { handlerOf } from '../handler.ts'

export const listGroupsHandler = handlerOf(listGroups, (context, { statesFilter, typesFilter }) => {
  const { cluster, brokerId } = context
  const groups = groupsOf(context)
    .groups.filter(({ groupId }) => cluster.isCoordinator(brokerId, groupId))
    .filter(({ state, type }) => isWanted(statesFilter, state) && isWanted(typesFilter, type))
    .map(group => {
      const { groupId, state: groupState, type: groupType } = group
      return { groupId, protocolType: protocolTypeOf(group), groupState, groupType }
    })
  return { throttleTimeMs: 0, errorCode: kafkaCode.NONE, groups }
})

/** Empty for a group that has offsets and never had members. */
const protocolTypeOf = (group: Group): string =>
  group.type === 'consumer' ? 'consumer' : (group.members.protocolType ?? '')

const isWanted = (filter: readonly string[], value: string): boolean =>
  filter.length === 0 || filter.some(each => each.toLowerCase() === value.toLowerCase())
