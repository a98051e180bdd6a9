// Shows one look at the groups of a cluster: lags and seconds of known records, partitions without a commit, deleted records,
// a topic made again, a dead broker. Method: the embedded broker, records of known times, commits of known offsets.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LagReport, takeLagReport } from '../../agents/index.ts'
import { takeLagSnapshot } from '../../agents/snapshot.ts'
import { type AskedCluster, OneLook } from '../../agents/source/one-look.ts'
import { type EmbeddedCluster, startBroker } from '../../broker/start.ts'
import { MillraceError } from '../../core/errors.ts'
import { commitOffsets, createTopic, deleteTopic } from '../../wire/admin.ts'
import { Cluster } from '../../wire/cluster.ts'
import { settingsOf } from '../kafka/settings.ts'
import { append, deleteBefore } from './writing.ts'

/** Brokers refuse records that are too far in the future, so the present it is. */
const nowMs = Date.now()
const secondsAgo = (...seconds: readonly number[]) => seconds.map(each => nowMs - each * 1000)

let brokers: EmbeddedCluster
let cluster: Cluster
beforeAll(async () => {
  brokers = await startBroker({ brokers: 3 })
  cluster = await Cluster.connect(settingsOf(brokers.bootstrap))
})
afterAll(async () => {
  await cluster.close()
  await brokers.close()
})

const take = (group: string, withSeconds = true): Promise<LagReport> =>
  takeLagReport(cluster, { isWanted: id => id === group, timeoutMs: 5_000, nowMs: () => nowMs, withSeconds })

async function groupOf(group: string, withSeconds = true) {
  const { groups, gaps } = await take(group, withSeconds)
  expect(gaps).toEqual([])
  expect(groups.map(({ groupId }) => groupId)).toEqual([group])
  return groups[0]!
}

describe('a lag report', () => {
  it('tells offsets and seconds of every partition that is committed, and nothing of the others', async () => {
    await createTopic(cluster, { name: 'plain', partitions: 4, replicationFactor: 1 })
    await append(cluster, 'plain', 0, secondsAgo(90, 60, 30))
    await append(cluster, 'plain', 1, secondsAgo(20, 10))
    await append(cluster, 'plain', 2, secondsAgo(5))
    await commitOffsets(cluster, 'readers', 'plain', new Map([[0, 1], [1, 2], [2, 0]])) // biome-ignore format: one line
    const group = await groupOf('readers')
    expect(group).toMatchObject({ type: 'classic', state: 'Empty', members: 0, lag: 3, lost: 0, unknownPartitions: 0 })
    expect(group.lagSecondsMax).toBe(60)
    expect(
      group.partitions.map(({ partition, committed, lag, lagSeconds }) => [
        partition,
        committed,
        lag?.toEnd,
        lagSeconds,
      ]),
    ).toEqual([
      [0, 1, 2, 60],
      [1, 2, 0, 0],
      [2, 0, 1, 5],
    ])
  })

  it('reads no record when only offsets are asked for', async () => {
    const { lag, lagSecondsMax } = await groupOf('readers', false)
    expect([lag, lagSecondsMax]).toEqual([3, undefined])
  })

  it('counts what was deleted before it was read as lost, and times what is left', async () => {
    await createTopic(cluster, { name: 'short', partitions: 1, replicationFactor: 1 })
    await append(cluster, 'short', 0, secondsAgo(50, 40, 30, 20, 10))
    await commitOffsets(cluster, 'late', 'short', new Map([[0, 1]]))
    await deleteBefore(cluster, 'short', 0, 3)
    const [row] = (await groupOf('late')).partitions
    expect(row!.lag).toEqual({ toEnd: 4, toStable: 4, toRead: 2, lost: 2, ahead: 0 })
    expect(row!.lagSeconds).toBe(20)
  })

  it('tells a commit beyond the end as that: no lag, and no seconds', async () => {
    await createTopic(cluster, { name: 'again', partitions: 1, replicationFactor: 1 })
    await append(cluster, 'again', 0, secondsAgo(1))
    await commitOffsets(cluster, 'lost', 'again', new Map([[0, 40]]))
    const [row] = (await groupOf('lost')).partitions
    expect([row!.lag?.ahead, row!.lag?.toEnd, row!.lagSeconds]).toEqual([39, 0, undefined])
  })

  it('tells a topic that is gone as a gap, and keeps the group', async () => {
    await createTopic(cluster, { name: 'gone', partitions: 1, replicationFactor: 1 })
    await commitOffsets(cluster, 'widow', 'plain', new Map([[0, 3]]))
    await commitOffsets(cluster, 'widow', 'gone', new Map([[0, 0]]))
    await deleteTopic(cluster, 'gone')
    const { groups } = await take('widow')
    expect(groups[0]!.partitions.filter(({ topic }) => topic === 'plain').map(({ lag }) => lag?.toEnd)).toEqual([0])
    expect(groups[0]!.partitions.every(({ topic, lag }) => topic === 'plain' || lag === undefined)).toBe(true)
  })

  it('a broker that is down takes nothing away from what the others know', async () => {
    await createTopic(cluster, { name: 'spread', partitions: 6, replicationFactor: 1 })
    const commits = new Map(Array.from({ length: 6 }, (_, partition) => [partition, 0]))
    await commitOffsets(cluster, 'wide', 'spread', commits)
    const { partitions } = await cluster.topic('spread', { allowCached: false })
    const down = partitions[0]!.leader
    await brokers.run('stopBroker', down)
    try {
      const { groups, gaps } = await take('wide')
      const known = groups[0]!.partitions.filter(({ lag }) => lag !== undefined).map(({ partition }) => partition)
      expect(known).toEqual(partitions.filter(({ leader }) => leader !== down).map(({ index }) => index))
      expect(gaps.filter(({ about }) => about === 'partition').map(({ reason }) => reason)).toEqual(
        partitions.filter(({ leader }) => leader === down).map(() => 'no_leader'),
      )
    } finally {
      await brokers.run('startBroker', down)
    }
  })

  it('a cluster that goes away in the middle, after whichever request: the look is whole, or it has failed', async () => {
    const rowsOf = async (after: number) => {
      const { groups, ends, gaps } = await takeLagSnapshot(new OneLook(goneAfter(after)), options)
      expect(gaps).toEqual([])
      const { commits } = groups.find(({ groupId }) => groupId === 'readers')!
      return [...commits!.get('plain')!].map(([partition, at]) => [
        at,
        ends.get('plain')!.get(partition)!.highWatermark,
      ])
    }
    let requests = 0
    const options = { isWanted: (id: string) => id === 'readers', timeoutMs: 5_000, nowMs: () => nowMs }
    const goneAfter = (after: number): AskedCluster => {
      requests = 0
      const asked: Promise<unknown>[] = []
      const answered = async <T>(ask: () => Promise<T>) => {
        if (requests++ < after) {
          const answer = ask()
          asked.push(answer)
          return answer
        }
        // What was asked before has been answered when connections break.
        await Promise.allSettled(asked)
        throw new MillraceError('CONNECTION_CLOSED', 'gone')
      }
      return {
        metadata: (selection, how) => answered(() => cluster.metadata(selection, how)),
        send: (...request) => answered(() => cluster.send(...request)),
        forget: () => {},
      }
    }
    const whole = await rowsOf(Number.POSITIVE_INFINITY)
    expect(whole).toEqual([[1, 3], [2, 2], [0, 1]]) // biome-ignore format: one line
    const inAll = requests
    expect(inAll).toBeGreaterThan(6)
    for (let after = 0; after < inAll; after++)
      await expect(rowsOf(after), `${after} of ${inAll}`).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
    expect(await rowsOf(inAll)).toEqual(whole)
  })
})
