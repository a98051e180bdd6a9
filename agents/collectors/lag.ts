// The lag collector: one look at the groups of a cluster, judged with what was seen before.
import { parseWhole } from '../../core/units.ts'
import { type CollectorContext, defineCollector, type Look } from '../collector.ts'
import type { GroupRows } from '../lag/group-rows.ts'
import { lagJson } from '../lag/lag-json.ts'
import { type GroupFacts, LagTable } from '../lag/lag-table.ts'
import { largest, limitRows } from '../lag/limits.ts'
import type { TopicColumns } from '../lag/topic-columns.ts'
import { headroomSec, type MethodCounts, noMethods, sumOf, type Totals, totalsOf } from '../lag/totals.ts'
import * as kafkaExporter from '../profiles/kafka-exporter.ts'
import * as kafkaLagExporter from '../profiles/kafka-lag-exporter.ts'
import * as kminion from '../profiles/kminion.ts'
import { lagFamilies } from '../profiles/native-lag.ts'
import { choice, yesOrNo } from '../setting-parsers.ts'
import { type LagSnapshot, takeLagSnapshot } from '../snapshot.ts'
import { type OffsetAnswer, readRecordTimes } from '../source/commit-times.ts'
import { OneLook } from '../source/one-look.ts'
import { TopicConfigCache } from '../source/topic-config-cache.ts'
import { retentionMs } from '../source/topic-configs.ts'

export interface GroupLag {
  readonly snapshot: GroupFacts
  readonly totals: Totals
  readonly topics: readonly GroupTopicLag[]
}

export interface GroupTopicLag {
  readonly rows: GroupRows
  readonly totals: Totals
  readonly headroomSec: number | undefined
}

export interface LagData {
  readonly clusterId: string | null
  readonly takenAtMs: number
  /** With series of their own. */
  readonly groups: readonly GroupLag[]
  readonly dropped: { readonly groups: number; readonly groupsLag: number; readonly rows: number }
  readonly topics: readonly TopicColumns[]
  readonly isByPartition: boolean
  readonly methods: MethodCounts
}

/** Of topics, for the retention headroom. */
const configsEveryMs = 300_000

const settings = {
  granularity: {
    ...choice('partition', 'topic'),
    help: 'series for each partition of each group, or for each topic of each group only',
    fallback: 'partition',
  },
  'rows-max': {
    placeholder: 'N',
    help: 'group partitions with series of their own, largest lag first; the others count in group and topic',
    fallback: '100000',
    parse: parseWhole(0, 10_000_000),
  },
  'groups-max': {
    placeholder: 'N',
    help: 'groups with series of their own, largest lag first; the others are counted, and their lag summed',
    fallback: '10000',
    parse: parseWhole(0, 10_000_000),
  },
  'all-topics': {
    ...yesOrNo,
    help: 'log start, stable end and high watermark of topics that no group reads, too',
    fallback: 'true',
  },
  'exact-reads': {
    placeholder: 'N',
    help: 'records read in each look to tell the exact lag in seconds where it is least known; needs READ on topics; 0: none',
    fallback: '100',
    parse: parseWhole(0, 100_000),
  },
} as const

interface LagValues {
  readonly granularity: 'partition' | 'topic'
  readonly 'rows-max': number
  readonly 'groups-max': number
  readonly 'all-topics': boolean
  readonly 'exact-reads': number
}

export const lagCollector = defineCollector<LagData, typeof settings>({
  name: 'lag',
  help: 'what groups are behind on each partition, in offsets and seconds, and what they are doing',
  isOnByDefault: true,
  interval: '10s',
  timeout: '5s',
  apiPath: '/api/v1/lag',
  settings,
  make: (context, values) => {
    const table = new LagTable(context.isTopicWanted)
    const configs = new TopicConfigCache(context, configsEveryMs)
    let last: LagData | undefined
    /** The table is between two looks: it has the ends of the new one, and what is told is still of the old one. */
    let settling: Promise<unknown> | undefined
    return {
      look: async () => {
        const cluster = new OneLook(context.cluster)
        const snapshot = await take(context, cluster, values)
        try {
          const settled = settle(context, cluster, snapshot, values, table, configs)
          settling = settled.catch(() => {})
          const looked = await settled
          last = looked.data
          return looked
        } finally {
          settling = undefined
        }
      },
      answer: async query => {
        await settling
        return last === undefined ? undefined : lagJson(last, query)
      },
    }
  },
  families: {
    native: lagFamilies,
    kafka_exporter: kafkaExporter.lagFamilies,
    'kafka-lag-exporter': kafkaLagExporter.lagFamilies,
    kminion: kminion.lagFamilies,
  },
})

function take(context: CollectorContext, cluster: OneLook, values: LagValues): Promise<LagSnapshot> {
  const { timeoutMs, nowMs, isGroupWanted: isWanted } = context
  const isTopicWanted = values['all-topics'] ? context.isTopicWanted : () => false
  return takeLagSnapshot(cluster, { isWanted, isTopicWanted, timeoutMs, nowMs })
}

async function settle(
  { timeoutMs }: CollectorContext,
  cluster: OneLook,
  snapshot: LagSnapshot,
  values: LagValues,
  table: LagTable,
  configs: TopicConfigCache,
): Promise<Look<LagData>> {
  table.take(snapshot)
  const questions = table.questions(values['exact-reads'])
  const times = await readRecordTimes(cluster, { questions, metadata: snapshot.metadata, timeoutMs })
  keepExact(table, snapshot, times.found)
  table.judge(snapshot.endsAtMs)
  const known = [...table.topics].flatMap(({ name }) => snapshot.metadata.topics.get(name) ?? [])
  // Without them there is no headroom, and the topics collector tells why.
  const { found: settingsOf } = await configs.of(known)
  const data = dataOf(snapshot, table, values, topic => retentionMs(settingsOf.get(topic)))
  return { data, gaps: [...snapshot.gaps, ...times.gaps], takenAtMs: snapshot.endsAtMs }
}

function keepExact(table: LagTable, { metadata }: LagSnapshot, answers: readonly OffsetAnswer[]): void {
  const idOf = (topic: string) => metadata.topics.get(topic)?.id ?? ''
  table.exact.keep(answers.map(answer => ({ ...answer, topicId: idOf(answer.topic) })))
}

/** Pure. */
export function dataOf(
  { clusterId, endsAtMs }: Pick<LagSnapshot, 'clusterId' | 'endsAtMs'>,
  table: LagTable,
  values: Pick<LagValues, 'granularity' | 'rows-max' | 'groups-max'>,
  retentionMsOf: (topic: string) => number | undefined,
): LagData {
  const methods = noMethods()
  const all = table.groups.map(({ snapshot, rows }): GroupLag => {
    const topics = rows.map(each => ({
      rows: each,
      totals: totalsOf(each, table, methods),
      headroomSec: headroomSec(each, retentionMsOf(each.topic.name)),
    }))
    return { snapshot, topics, totals: sumOf(topics.map(({ totals }) => totals)) }
  })
  const { kept, rest } = largest(all, ({ totals }) => totals.lag, values['groups-max'])
  const isByPartition = values.granularity === 'partition'
  const rows = kept.flatMap(({ topics }) => topics.map(topic => topic.rows))
  const rowsDropped = isByPartition ? limitRows(rows, values['rows-max']) : 0
  return {
    clusterId,
    takenAtMs: endsAtMs,
    groups: kept,
    dropped: {
      groups: rest.length,
      groupsLag: rest.reduce((sum, { totals }) => sum + totals.lag, 0),
      rows: rowsDropped,
    },
    topics: [...table.topics],
    isByPartition,
    methods,
  }
}
