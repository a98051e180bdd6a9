// A cluster that answers requests by the name of their API, as the test says; asked without any socket.
import { MillraceError } from '../../core/errors.ts'
import type { Cluster } from '../../wire/cluster.ts'
import type { TopicMetadata } from '../../wire/cluster-metadata.ts'
import { kafkaCode, kafkaError } from '../../wire/error-codes.ts'
import { clientDefaults } from '../../wire/settings.ts'

export interface Asked {
  readonly api: string
  // biome-ignore lint/suspicious/noExplicitAny: requests of every API come by here
  readonly body: any
}

export class FakeCluster {
  readonly settings = { ...clientDefaults, bootstrap: [] }
  readonly asked: Asked[] = []
  readonly topics = new Map<string, TopicMetadata>()
  /** What each API answers; an error is thrown. */
  readonly answers: Record<string, (body: Asked['body']) => unknown> = {}

  /** As the code under test sees it: it asks for no more than what is here. */
  get asCluster(): Cluster {
    return this as unknown as Cluster
  }

  add(name: string, leaders: readonly number[]): TopicMetadata {
    const partitions = leaders.map((leader, index) => {
      return { index, leader, leaderEpoch: 0, replicas: [1, 2], isr: [1, 2], offline: [], errorCode: 0 }
    })
    const topic = { name, id: `id of ${name}`, internal: false, errorCode: 0, partitions }
    this.topics.set(name, topic)
    return topic
  }

  namesAsked(): string[] {
    return this.asked.map(({ api }) => api)
  }

  async topic(name: string): Promise<TopicMetadata> {
    const topic = this.topics.get(name)
    if (topic === undefined) throw kafkaError(kafkaCode.UNKNOWN_TOPIC_OR_PARTITION, `topic ${name}`)
    return topic
  }

  async metadata() {
    return {
      clusterId: 'c',
      controllerId: 1,
      brokers: new Map([[1, { host: 'a', port: 1, rack: null }]]),
      topics: this.topics,
    }
  }

  async retry<T>(attempt: (leftMs: number) => Promise<T>): Promise<T> {
    return attempt(1_000)
  }

  async send(_target: unknown, api: { readonly name: string }, body: unknown): Promise<unknown> {
    this.asked.push({ api: api.name, body })
    const answer = this.answers[api.name]
    if (answer === undefined) throw new MillraceError('INTERNAL', `nobody answers ${api.name}`)
    return answer(body)
  }

  async sendWithRetry(
    target: unknown,
    api: { readonly name: string },
    body: unknown,
    { check }: { check?: (answer: unknown) => void } = {},
  ): Promise<unknown> {
    const answer = await this.send(target, api, body)
    check?.(answer)
    return answer
  }

  /** Answers ListOffsets from these, by timestamp asked (-1 latest, -2 earliest) and partition. */
  listOffsets(offsets: Readonly<Record<number, readonly number[]>>): void {
    this.answers.ListOffsets = ({ topics }) => ({
      topics: topics.map((topic: { name: string; partitions: { partitionIndex: number; timestamp: number }[] }) => ({
        name: topic.name,
        partitions: topic.partitions.map(({ partitionIndex, timestamp }) => {
          return {
            partitionIndex,
            errorCode: 0,
            offset: offsets[timestamp]![partitionIndex]!,
            timestamp: -1,
            leaderEpoch: 0,
          }
        }),
      })),
    })
  }
}
