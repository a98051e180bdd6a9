// The cluster as a whole: brokers, versions, the metadata quorum, and how work is spread.
import { brokerShares } from '../../agents/evaluate/topic-health.ts'
import { apis } from '../../wire/apis/index.ts'
import { metadataVersionName } from '../../wire/metadata-versions.ts'
import { brokerIds, type ClusterFacts, type Facts } from '../facts.ts'
import type { Check, Hit } from '../finding.ts'

/** The oldest release line that Apache Kafka still mends when this was written (4.3 is the newest). */
const releaseMin = '3.9'

const replicasPerBrokerMax = 4_000
const leaderSkewMax = 1.5
/** Fewer leaders than this on average are spread unevenly by chance. */
const leadersMeanMin = 3

const tagOf = (facts: Facts) => `cluster ${facts.cluster?.clusterId ?? ''}`.trim()

const versionsOf = ({ brokers }: ClusterFacts) =>
  brokers.flatMap(({ id, versions }) => (versions === undefined ? [] : [{ id, ...versions }]))

const listedBrokers = (ids: readonly number[]) => ids.map(id => `broker ${id}`).join(', ')

/** What users of millrace and of newer clients miss in an older broker, by API key. */
const capabilities: readonly { readonly key: number; readonly version: number; readonly what: string }[] = [
  { key: 68, version: 0, what: 'ConsumerGroupHeartbeat (KIP-848): groups that rebalance without stopping' },
  { key: 35, version: 4, what: 'DescribeLogDirs v4 (KIP-827): free space of disks' },
  { key: 66, version: 0, what: 'ListTransactions (KIP-664): hanging transactions can be found' },
]

export const clusterChecks: readonly Check[] = [
  {
    id: 'cluster-few-brokers',
    severity: 'warning',
    title: 'The cluster has fewer than three brokers',
    risk: 'Three replicas do not fit: one broker cannot restart without either stopping writes or risking acknowledged records.',
    find: facts => {
      const count = facts.cluster === undefined ? 3 : brokerIds(facts.cluster).size
      return count >= 3
        ? []
        : [
            {
              subject: tagOf(facts),
              evidence: count === 1 ? 'one broker' : `${count} brokers`,
              fix: 'bin/kafka-server-start.sh config/server.properties   # on further hosts, with node ids of their own',
            },
          ]
    },
  },
  {
    id: 'broker-missing',
    severity: 'critical',
    title: 'A broker that has replicas is away',
    risk: 'Its partitions have one replica less, and those whose only replica it has cannot be used.',
    find: facts => {
      const { cluster } = facts
      if (cluster === undefined) return []
      const here = new Set(cluster.brokers.map(({ id }) => id))
      const shares = brokerShares(
        [],
        cluster.topics.map(({ name, partitions }) => ({ name, partitions, id: '', internal: false, errorCode: 0 })),
      )
      return [...shares]
        .filter(([id]) => !here.has(id))
        .map(([id, { replicas }]) => ({
          subject: `broker ${id}`,
          evidence: `not registered, and named as holder of ${replicas} replicas`,
          fix: `bin/kafka-server-start.sh config/server.properties   # on the host of broker ${id}; if it is gone for good, reassign its replicas`,
        }))
    },
  },
  {
    id: 'cluster-old-release',
    severity: 'warning',
    title: 'A broker is of a release that is no longer mended',
    risk: 'Security holes and data-loss bugs are fixed in newer releases alone.',
    find: facts =>
      facts.cluster === undefined
        ? []
        : versionsOf(facts.cluster).flatMap(({ id, release }) => {
            if (release !== undefined && olderThan(release, releaseMin) === false) return []
            return [
              {
                subject: `broker ${id}`,
                evidence:
                  release === undefined
                    ? 'no metadata.version: it runs with ZooKeeper, before Kafka 4.0'
                    : `Kafka ${release}`,
                fix: 'upgrade broker by broker: https://kafka.apache.org/documentation/#upgrade',
              },
            ]
          }),
  },
  {
    id: 'cluster-mixed-releases',
    severity: 'warning',
    title: 'Brokers are of different releases',
    risk: 'An upgrade ended half way: what newer brokers can do is off, and clients see other APIs depending on the broker.',
    find: facts => {
      if (facts.cluster === undefined) return []
      const byRelease = Map.groupBy(versionsOf(facts.cluster), ({ release }) => release ?? 'before KRaft')
      if (byRelease.size < 2) return []
      const told = [...byRelease].map(([release, who]) => `${release}: ${listedBrokers(who.map(({ id }) => id))}`)
      return [
        { subject: tagOf(facts), evidence: told.join('; '), fix: facts.commands.tool('kafka-features', 'describe') },
      ]
    },
  },
  {
    id: 'cluster-metadata-version-behind',
    severity: 'warning',
    title: 'An upgrade was not finished',
    risk: 'All brokers could do more than metadata.version lets them: new features stay off, and the next upgrade may refuse to begin.',
    find: facts => {
      if (facts.cluster === undefined) return []
      const known = versionsOf(facts.cluster)
      const level = Math.max(...known.map(({ metadataLevel = 0 }) => metadataLevel))
      const could = Math.min(...known.map(({ metadataLevelMax = 0 }) => metadataLevelMax))
      if (known.length === 0 || level === 0 || could <= level) return []
      return [
        {
          subject: tagOf(facts),
          evidence: `metadata.version ${metadataVersionName(level)}, every broker knows ${metadataVersionName(could)}`,
          fix: facts.commands.tool(
            'kafka-features',
            `upgrade --release-version ${metadataVersionName(could).replace(/-IV\d+$/, '')}`,
          ),
        },
      ]
    },
  },
  {
    id: 'cluster-api-gap',
    severity: 'notice',
    title: 'An API is missing that tools and clients would use',
    risk: 'What stands on it does not work here, or falls back to less.',
    find: facts => {
      if (facts.cluster === undefined) return []
      const known = versionsOf(facts.cluster)
      return capabilities.flatMap(({ key, version, what }): Hit[] => {
        const without = known.filter(({ apis: served }) => (served.get(key) ?? -1) < version)
        if (without.length === 0) return []
        const who =
          without.length === known.length
            ? 'no broker serves it'
            : `not on ${listedBrokers(without.map(({ id }) => id))}`
        return [
          {
            subject: apis.find(api => api.key === key)!.name,
            evidence: `${what}; ${who}`,
            fix: facts.commands.tool('kafka-broker-api-versions', ''),
          },
        ]
      })
    },
  },
  {
    id: 'quorum-small',
    severity: 'warning',
    title: 'The metadata quorum does not survive a failure',
    risk: 'With one or two voters the loss of one stops every change: no leader is elected, no topic made.',
    find: facts => {
      const { cluster } = facts
      if (cluster?.quorum === undefined || cluster.brokers.length < 3) return []
      const voters = cluster.quorum.nodes.filter(({ role }) => role !== 'observer')
      if (voters.length >= 3) return []
      return [
        {
          subject: tagOf(facts),
          evidence: `${voters.length === 1 ? 'one voter' : `${voters.length} voters`}: ${voters.map(({ id }) => id).join(', ')}`,
          fix: facts.commands.tool('kafka-metadata-quorum', 'add-controller   # on each new controller (KIP-853)'),
        },
      ]
    },
  },
  {
    id: 'quorum-behind',
    severity: 'critical',
    title: 'A voter of the metadata quorum is behind',
    risk: 'It cannot take over: one more failure and the quorum is gone.',
    find: facts =>
      (facts.cluster?.quorum?.nodes ?? [])
        .filter(({ role, lagSec = 0, endOffset }) => role === 'follower' && (lagSec > 30 || endOffset === undefined))
        .map(({ id, lagSec }) => ({
          subject: `controller ${id}`,
          evidence: lagSec === undefined ? 'has fetched nothing' : `${Math.round(lagSec)} s behind the leader`,
          fix: facts.commands.tool('kafka-metadata-quorum', 'describe --replication'),
        })),
  },
  {
    id: 'cluster-leader-skew',
    severity: 'warning',
    title: 'One broker leads far more partitions than the others',
    risk: 'It answers most producers and consumers, and is the limit of the cluster while others wait.',
    find: facts => {
      const { cluster } = facts
      if (cluster === undefined) return []
      const leaders = leadersOf(cluster)
      const mean = leaders.reduce((sum, { count }) => sum + count, 0) / leaders.length
      const most = leaders.reduce((max, each) => (each.count > max.count ? each : max), { id: -1, count: 0 })
      if (leaders.length < 2 || mean < leadersMeanMin || most.count <= leaderSkewMax * mean) return []
      return [
        {
          subject: `broker ${most.id}`,
          evidence: `leads ${most.count} partitions, ${(most.count / mean).toFixed(1)} times the mean of ${mean.toFixed(1)}`,
          fix: facts.commands.tool('kafka-leader-election', '--election-type preferred --all-topic-partitions'),
        },
      ]
    },
  },
  {
    id: 'broker-many-replicas',
    severity: 'warning',
    title: 'A broker has very many replicas',
    risk: 'Starts, failovers and metadata take long, and each partition costs memory and open files.',
    find: facts => {
      const { cluster } = facts
      if (cluster === undefined) return []
      const counts = new Map<number, number>()
      for (const { partitions } of cluster.topics)
        for (const { replicas } of partitions) for (const id of replicas) counts.set(id, (counts.get(id) ?? 0) + 1)
      return [...counts]
        .filter(([, count]) => count > replicasPerBrokerMax)
        .map(([id, count]) => ({
          subject: `broker ${id}`,
          evidence: `${count} replicas; ${replicasPerBrokerMax} are a common limit`,
          fix: 'delete or shrink topics, or add brokers and reassign with kafka-reassign-partitions.sh',
        }))
    },
  },
]

function leadersOf({ brokers, topics }: ClusterFacts): { id: number; count: number }[] {
  const counts = new Map(brokers.map(({ id }) => [id, 0]))
  for (const { partitions } of topics)
    for (const { leader } of partitions) if (counts.has(leader)) counts.set(leader, counts.get(leader)! + 1)
  return [...counts].map(([id, count]) => ({ id, count }))
}

/** `3.10` comes after `3.9`. Undefined: not a release. */
function olderThan(release: string, minimum: string): boolean | undefined {
  const [major, minor] = release.split('.').map(Number)
  const [majorMin, minorMin] = minimum.split('.').map(Number)
  if (major === undefined || Number.isNaN(major)) return undefined
  return major < majorMin! || (major === majorMin && (minor ?? 0) < (minorMin ?? 0))
}
