// DATA PLANE: per partition of a request, see fetch-read.ts.
//
// Fetch: in a session or without one (KIP-227), now or when there are enough bytes (min bytes, max wait).
import { fetch } from '../../wire/apis/01-fetch.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { codeOf, type FetchedPartition, type FetchLimits, partitionOf, readAll, readEndOf } from '../fetch-read.ts'
import {
  type FetchPartition,
  type FetchSession,
  makeFetchSessions,
  partitionKey,
  sessionEpoch,
} from '../fetch-sessions.ts'
import { handlerOf, type RequestBodyOf, type RequestContext } from '../handler.ts'
import { endpointsOf } from '../topic-refs.ts'
import { waitFor } from '../waiting.ts'

type Request = RequestBodyOf<typeof fetch>

const idsSince = 13

export const fetchHandler = handlerOf(fetch, (context, request) => {
  const plan = planOf(context, request)
  if (typeof plan === 'number') return { throttleTimeMs: 0, errorCode: plan, responses: [] }
  const limits = limitsOf(context, request)
  const wanted = [...plan.partitions.values()]
  const timeoutMs = request.maxWaitMs
  if (timeoutMs <= 0 || isEnough(limits, wanted, request.minBytes)) return answer(context, limits, plan, wanted)
  const watched = wanted.map(each => partitionOf(limits, each)).filter(partition => partition !== undefined)
  const isDone = () => isEnough(limits, wanted, request.minBytes)
  const { scheduler } = context.cluster
  const { signal } = context.connection
  return waitFor({ scheduler, timeoutMs, partitions: watched, isDone, signal }).then(() =>
    answer(context, limits, plan, wanted),
  )
})

// ---- what is asked for ----

interface Plan {
  readonly partitions: Map<string, FetchPartition>
  /** The session that the answer belongs to. */
  readonly session: FetchSession | undefined
  /** Only what is new goes into the answer. */
  readonly isIncremental: boolean
}

function planOf({ cluster, version }: RequestContext, request: Request): Plan | number {
  const sessions = cluster.part(makeFetchSessions)
  const usesIds = version >= idsSince
  if (request.sessionEpoch === sessionEpoch.none || request.sessionEpoch === sessionEpoch.initial) {
    if (request.sessionId !== 0) sessions.remove(request.sessionId)
    const partitions = new Map(askedFor(request).map(each => [partitionKey(each), each]))
    const wantsSession = request.sessionEpoch === sessionEpoch.initial && partitions.size > 0
    const session = wantsSession ? sessions.create(usesIds, partitions) : undefined
    return { partitions, session, isIncremental: false }
  }
  const session = sessions.use(request.sessionId, request.sessionEpoch, usesIds)
  if (typeof session === 'number') return session
  for (const each of askedFor(request)) follow(session, each)
  for (const { topic, topicId, partitions } of request.forgottenTopicsData) {
    for (const partition of partitions) session.partitions.delete(partitionKey({ topic, topicId, partition }))
  }
  return { partitions: session.partitions, session, isIncremental: true }
}

function askedFor({ topics }: Request): FetchPartition[] {
  return topics.flatMap(({ topic, topicId, partitions }) =>
    partitions.map(({ partition, fetchOffset, currentLeaderEpoch, partitionMaxBytes }) => {
      const asked = { topic, topicId, partition, fetchOffset, currentLeaderEpoch, partitionMaxBytes }
      return { ...asked, toldHighWatermark: -1, toldLogStart: -1 }
    }),
  )
}

/** Adds a partition to the session, or changes what is asked of it. */
function follow({ partitions }: FetchSession, asked: FetchPartition): void {
  const key = partitionKey(asked)
  const known = partitions.get(key)
  if (known === undefined) return void partitions.set(key, asked)
  known.fetchOffset = asked.fetchOffset
  known.currentLeaderEpoch = asked.currentLeaderEpoch
  known.partitionMaxBytes = asked.partitionMaxBytes
}

function limitsOf({ cluster, brokerId }: RequestContext, { maxBytes, isolationLevel }: Request): FetchLimits {
  const bytesMax = Math.min(maxBytes, cluster.configs.numberOf('fetch.max.bytes'))
  return { cluster, brokerId, bytesMax, isReadCommitted: isolationLevel === 1 }
}

/** Also when there is nothing to wait for: an error is told at once, and so is that nothing was asked for. */
function isEnough(limits: FetchLimits, wanted: readonly FetchPartition[], minBytes: number): boolean {
  let left = minBytes
  for (const each of wanted) {
    const partition = partitionOf(limits, each)
    if (partition === undefined || codeOf(limits, partition, each) !== kafkaCode.NONE) return true
    left -= partition.log.bytesBetween(each.fetchOffset, readEndOf(limits, partition), left)
    if (left <= 0) return true
  }
  return wanted.length === 0 || left <= 0
}

// ---- the answer ----

function answer(
  context: RequestContext,
  limits: FetchLimits,
  { session, isIncremental }: Plan,
  wanted: readonly FetchPartition[],
) {
  const fetched = readAll(limits, wanted)
  const responses: { topic: string; topicId: string; partitions: FetchedPartition[] }[] = []
  wanted.forEach((each, index) => {
    const result = fetched[index]!
    if (session !== undefined && !tell(session, each, result) && isIncremental) return
    const last = responses.at(-1)
    if (last?.topic === each.topic && last.topicId === each.topicId) last.partitions.push(result)
    else responses.push({ topic: each.topic, topicId: each.topicId, partitions: [result] })
  })
  const leaders = fetched.flatMap(({ currentLeader }) => (currentLeader === undefined ? [] : [currentLeader.leaderId]))
  const nodeEndpoints = endpointsOf(context, leaders)
  return { throttleTimeMs: 0, errorCode: kafkaCode.NONE, sessionId: session?.id ?? 0, responses, nodeEndpoints }
}

/** Whether the client must hear of this partition; notes what it is told. */
function tell({ partitions }: FetchSession, each: FetchPartition, result: FetchedPartition): boolean {
  const hasRecords = result.records.length > 0
  const isNew =
    hasRecords ||
    result.errorCode !== kafkaCode.NONE ||
    each.toldHighWatermark !== result.highWatermark ||
    each.toldLogStart !== result.logStartOffset
  each.toldHighWatermark = result.highWatermark
  each.toldLogStart = result.logStartOffset
  // To the end of the line, so that the byte limit does not starve the partitions behind it.
  const key = partitionKey(each)
  if (hasRecords && partitions.delete(key)) partitions.set(key, each)
  return isNew
}
