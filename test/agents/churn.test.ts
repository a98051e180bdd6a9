// Shows that an agent keeps nothing of groups and topics that are gone: a day in which both come and go all the time leaves as much
// memory in use as the day before did. Method: the collectors that know names, with the cluster's cache below them and the page above,
// against brokers without sockets; the day passes as fast as the looks can be made.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import type { Collector, CollectorKind } from '../../agents/collector.ts'
import { CollectorLoop } from '../../agents/collector-loop.ts'
import { collectorSettings } from '../../agents/collector-settings.ts'
import { collectorKinds } from '../../agents/collectors/index.ts'
import { everything, matcherOf } from '../../agents/matcher.ts'
import { Page } from '../../metrics/page.ts'
import { sectionsOf } from '../../metrics/section.ts'
import { Cluster } from '../../wire/cluster.ts'
import { FakeCluster, metadataAnswer, settingsOf } from '../wire/fake-cluster.ts'

const address = 'a:1'
const lookEveryMs = 240_000
const looksADay = 360
const writtenEveryMs = 12 * lookEveryMs
const shown = { topics: 6, groups: 12, partitions: 4 }
/** From one look to the next. */
const gone = { topics: 4, groups: 8 }

/** Which topics and groups there are at a look, each with a name that was never there before. */
class ChangingBroker {
  #looks = 0

  next(): void {
    this.#looks++
  }

  get topics(): string[] {
    return Array.from({ length: shown.topics }, (_, index) => `topic-${this.#looks * gone.topics + index}`)
  }

  get groups(): string[] {
    return Array.from({ length: shown.groups }, (_, index) => `group-${this.#looks * gone.groups + index}`)
  }

  answer(api: string, body: Record<string, unknown>): Record<string, unknown> {
    switch (api) {
      case 'Metadata':
        return { ...metadataAnswer([address]), topics: this.topics.map(topic => this.#metadata(topic)) }
      case 'ListGroups':
        return { errorCode: 0, groups: this.groups.map(groupId => ({ groupId, ...aGroup })) }
      case 'ConsumerGroupDescribe':
        return { groups: (body.groupIds as string[]).map(groupId => this.#description(groupId)) }
      case 'OffsetFetch':
        return { groups: (body.groups as { groupId: string }[]).map(({ groupId }) => this.#commits(groupId)) }
      case 'ListOffsets':
        return { topics: (body.topics as { name: string }[]).map(({ name }) => ({ name, partitions: this.#ends() })) }
      case 'DescribeConfigs':
        return { results: (body.resources as { resourceName: string }[]).map(configsOf) }
      default:
        return { errorCode: 0, errorMessage: null, topics: [], responses: [] }
    }
  }

  #metadata(name: string) {
    const [{ partitions, ...topic }] = metadataAnswer([address]).topics as [
      ReturnType<typeof metadataAnswer>['topics'][number],
    ]
    const each = (partitionIndex: number) => ({ ...partitions[0]!, partitionIndex })
    return { ...topic, name, topicId: name, partitions: partitionIndexes.map(each) }
  }

  #description(groupId: string) {
    const topicPartitions = this.topics.slice(0, 2).map(topicName => ({ topicName, partitions: partitionIndexes }))
    const member = { memberId: `member of ${groupId}`, instanceId: null, clientId: 'client', clientHost: '/10.0.0.1' }
    const members = [{ ...member, assignment: { topicPartitions } }]
    return { groupId, errorCode: 0, groupState: 'Stable', assignorName: 'uniform', members }
  }

  #commits(groupId: string) {
    const committedOffset = this.#looks * 100
    const partitions = partitionIndexes.map(partitionIndex => ({ partitionIndex, committedOffset, errorCode: 0 }))
    return { groupId, errorCode: 0, topics: this.topics.slice(1, 4).map(name => ({ name, topicId: name, partitions })) }
  }

  #ends() {
    const offset = this.#looks * 100 + 50
    return partitionIndexes.map(partitionIndex => ({ partitionIndex, errorCode: 0, offset }))
  }
}

const partitionIndexes = Array.from({ length: shown.partitions }, (_, index) => index)
const aGroup = { groupType: 'Consumer', groupState: 'Stable', protocolType: 'consumer' }
const configs = [{ name: 'cleanup.policy', value: 'delete' }, { name: 'retention.ms', value: '60000' }] // biome-ignore format: one line
const configsOf = ({ resourceName }: { resourceName: string }) => ({ resourceName, errorCode: 0, configs })

const looking: readonly CollectorKind[] = collectorKinds.filter(({ name }) =>
  ['lag', 'groups', 'topics'].includes(name),
)

async function startAgent(broker: ChangingBroker) {
  const fake = new FakeCluster([address], (api, _node, body) => broker.answer(api, body))
  const cluster = await Cluster.connect(settingsOf([address]), fake.deps)
  const page = new Page()
  const clock = { nowMs: () => fake.nowMs, pause: async () => {} }
  const values = new Map(collectorSettings({}).map(each => [each.name, each.values]))
  const notices: string[] = []
  const loops = looking.map(kind => {
    const [isGroupWanted, isTopicWanted] = [matcherOf(everything), matcherOf(everything)]
    const context = { clusterName: 'c', cluster, timeoutMs: 1_000, isGroupWanted, isTopicWanted, nowMs: clock.nowMs }
    const collector: Collector = kind.make(context, values.get(kind.name)!)
    const put = async (part: string, families: Parameters<typeof sectionsOf>[0]) => {
      // Compressing takes most of the time, and keeps nothing.
      if (fake.nowMs % writtenEveryMs === 0) page.put(part, await sectionsOf(families, async () => {}))
    }
    return new CollectorLoop(
      { clusterName: 'c', collectorName: kind.name, intervalMs: lookEveryMs },
      collector,
      clock,
      {
        onNotice: text => notices.push(text),
        onLook: async (own, look) => {
          await put(`about ${kind.name}`, own)
          if (look !== undefined) await put(kind.name, kind.families.native('c', look.data, true))
        },
      },
    )
  })
  return {
    notices,
    async look() {
      fake.nowMs += lookEveryMs
      for (const loop of loops) await loop.once()
      fake.log.length = 0
      broker.next()
    },
    async page() {
      let text = ''
      for (const piece of page.plain('prometheus', '').pieces) text += Buffer.from(piece.text).toString()
      return text
    },
  }
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** The memory of buffers that are gone is given back by another thread, some time after their objects: the least of some looks. */
async function bytesInUse(): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let looks = 0; looks < 20; looks++) {
    collect()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    least = Math.min(least, heapUsed + arrayBuffers)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  return least
}

describe('a day of groups and topics that come and go', () => {
  it('leaves memory as it was, and only what is there on the page', { timeout: 120_000 }, async () => {
    const broker = new ChangingBroker()
    const agent = await startAgent(broker)
    let afterOneDay = 0
    for (let looks = 0; looks < 2 * looksADay; looks++) {
      if (looks === looksADay) afterOneDay = await bytesInUse()
      await agent.look()
    }
    const grown = (await bytesInUse()) - afterOneDay
    expect(agent.notices).toEqual([])
    const groups = [...(await agent.page()).matchAll(/^millrace_consumer_group_members\{.*group="([^"]*)"/gm)]
    const last = 2 * looksADay - 1
    expect(groups.map(([, group]) => group)).toEqual(
      Array.from({ length: shown.groups }, (_, index) => `group-${last * gone.groups + index}`),
    )
    // 4,300 names came meanwhile: 116 bytes of each would be as much.
    expect(grown).toBeLessThan(500_000)
  })
})
