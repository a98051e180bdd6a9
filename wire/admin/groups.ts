// Groups as a whole.
import { deleteGroups } from '../apis/42-delete-groups.ts'
import type { Cluster } from '../cluster.ts'
import { kafkaError } from '../error-codes.ts'

/** With its offsets. A group with members is refused. */
export async function deleteGroup(cluster: Cluster, groupId: string): Promise<void> {
  await cluster.sendWithRetry(
    { coordinator: 'group', key: groupId },
    deleteGroups,
    { groupsNames: [groupId] },
    {
      check: ({ results }) => {
        const failed = results.find(({ errorCode }) => errorCode !== 0)
        if (failed !== undefined) throw kafkaError(failed.errorCode, `group ${groupId}`)
      },
    },
  )
}
