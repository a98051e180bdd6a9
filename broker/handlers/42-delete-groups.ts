// DeleteGroups: of both protocols, as long as they have no members.
import { deleteGroups } from '../../wire/apis/42-delete-groups.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { groupsOf, placeError } from '../groups/of-cluster.ts'
import { handlerOf } from '../handler.ts'

const messages: Readonly<Record<number, (groupId: string) => string>> = {
  [kafkaCode.GROUP_ID_NOT_FOUND]: groupId => `Group ${groupId} not found.`,
  [kafkaCode.NON_EMPTY_GROUP]: groupId => `Group ${groupId} is not empty.`,
}

export const deleteGroupsHandler = handlerOf(deleteGroups, (context, { groupsNames }) => {
  const results = groupsNames.map(groupId => {
    const misplaced = placeError(context, groupId)
    const errorCode = misplaced === kafkaCode.NONE ? groupsOf(context).delete(groupId) : misplaced
    return { groupId, errorCode, errorMessage: messages[errorCode]?.(groupId) ?? null }
  })
  return { throttleTimeMs: 0, results }
})
