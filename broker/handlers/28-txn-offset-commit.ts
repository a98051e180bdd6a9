// TxnOffsetCommit: positions that become the group's when the transaction commits (KIP-447: the group sees to it that the
// committer is still its member).
import { txnOffsetCommit } from '../../wire/apis/28-txn-offset-commit.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { groupsOf, placeError } from '../groups/of-cluster.ts'
import { handlerOf, type RequestBodyOf, type RequestContext } from '../handler.ts'
import { checkTransactionalCommit } from '../transactional-write.ts'
import { commitsOf } from './08-offset-commit.ts'

type Request = RequestBodyOf<typeof txnOffsetCommit>
type AskedPartition = Request['topics'][number]['partitions'][number]

const untilTheGroupForgets = { retentionTimeMs: -1 }

export const txnOffsetCommitHandler = handlerOf(txnOffsetCommit, (context, request) => {
  const problems = new Map<AskedPartition, number>()
  const refused = commit(context, request, problems)
  const topics = request.topics.map(({ name, topicId, partitions }) => {
    const answers = partitions.map(partition => {
      return { partitionIndex: partition.partitionIndex, errorCode: problems.get(partition) ?? refused }
    })
    return { name, topicId, partitions: answers }
  })
  return { throttleTimeMs: 0, topics }
})

function commit(context: RequestContext, request: Request, problems: Map<AskedPartition, number>): number {
  const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch: memberEpoch, producerId } = request
  const misplaced = placeError(context, groupId)
  if (misplaced !== kafkaCode.NONE) return misplaced
  const commits = request.topics.flatMap(topic => commitsOf(context, untilTheGroupForgets, topic, problems))
  const notAllowed = checkTransactionalCommit(context, request)
  if (notAllowed !== kafkaCode.NONE) return notAllowed
  const committer = { memberId, groupInstanceId, memberEpoch, version: undefined }
  return groupsOf(context).commit(groupId, committer, commits, producerId)
}
