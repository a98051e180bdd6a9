// A member of a consumer group (KIP-848): one heartbeat says what it owns and hears what it shall own. It gives up what is
// not its own any more, says so, and takes what it is given; heartbeats go on meanwhile.
import { randomUUID } from 'node:crypto'
import { MillraceError } from '../../core/errors.ts'
import { consumerGroupHeartbeat } from '../apis/68-consumer-group-heartbeat.ts'
import type { Cluster, ClusterDeps } from '../cluster.ts'
import { kafkaCode, kafkaError } from '../error-codes.ts'
import type { RequestOf, ResponseOf } from '../schema.ts'
import type { ClientSettings } from '../settings.ts'
import { GroupMember, type GroupMemberOptions } from './member.ts'
import { countOf, type TopicPartitions, without } from './topic-partitions.ts'

export interface ConsumerMemberOptions extends GroupMemberOptions {
  readonly protocol: 'consumer'
  /** `uniform` or `range`; the broker's choice when left out. */
  readonly serverAssignor?: string
}

type Answer = ResponseOf<typeof consumerGroupHeartbeat>

const epochs = { join: 0, leave: -1, leaveStatic: -2 } as const
const heartbeatIntervalMsDefault = 5_000

export class ConsumerMember extends GroupMember {
  declare protected readonly options: ConsumerMemberOptions
  protected readonly isHeldUp = false
  #heartbeatIntervalMs = heartbeatIntervalMsDefault
  #target: TopicPartitions | undefined
  #reconciling: Promise<void> | undefined
  #failures = 0
  /** What somebody who was called has thrown. */
  #failure: unknown
  /** What the coordinator knows of what the member owns; undefined: it has to be told everything. */
  #told: TopicPartitions | undefined
  #topicNames = new Map<string, string>()

  constructor(cluster: Cluster, settings: ClientSettings, options: ConsumerMemberOptions, deps: ClusterDeps) {
    super(cluster, settings, options, deps)
    this.setIdentity(randomUUID(), epochs.join)
  }

  protected async run(): Promise<void> {
    while (!this.isStopping) {
      try {
        await this.#beat()
        this.#failures = 0
      } catch (error) {
        if (this.isStopping) break
        if (!(error instanceof MillraceError) || !error.retriable) throw error
        this.cluster.forget(error)
        this.#told = undefined
        await this.napAfterFailure(++this.#failures)
        continue
      }
      await this.nap(this.#heartbeatIntervalMs)
      if (this.#failure !== undefined) throw this.#failure
    }
    await this.#reconciling
  }

  async #beat(): Promise<void> {
    const { owned } = this
    const sentMs = this.nowMs()
    const answer = await this.ask(consumerGroupHeartbeat, await this.#question(owned))
    const { errorCode, errorMessage } = answer
    if (errorCode === kafkaCode.FENCED_MEMBER_EPOCH || errorCode === kafkaCode.UNKNOWN_MEMBER_ID) {
      return this.#startOver()
    }
    if (errorCode !== kafkaCode.NONE) throw kafkaError(errorCode, `group ${this.options.groupId}`, errorMessage)
    this.confirm(sentMs)
    this.#told = owned
    this.#heartbeatIntervalMs = answer.heartbeatIntervalMs
    this.setIdentity(answer.memberId ?? this.memberId, answer.memberEpoch)
    await this.#hear(answer)
  }

  /** What the coordinator knows already is left out. */
  async #question(owned: TopicPartitions): Promise<RequestOf<typeof consumerGroupHeartbeat>> {
    const { groupId, instanceId = null, rebalanceTimeoutMs, topics, serverAssignor = null } = this.options
    const identity = { groupId, memberId: this.memberId, memberEpoch: this.generation, instanceId }
    const topicPartitions = owned === this.#told ? null : await this.#withIds(owned)
    if (this.#told !== undefined) return { ...identity, topicPartitions }
    return { ...identity, rebalanceTimeoutMs, subscribedTopicNames: topics, serverAssignor, topicPartitions }
  }

  async #withIds(owned: TopicPartitions) {
    const list: { topicId: string; partitions: number[] }[] = []
    for (const [topic, partitions] of owned) {
      const { id: topicId } = await this.cluster.topic(topic)
      list.push({ topicId, partitions: [...partitions] })
    }
    return list
  }

  // ---- the way to what it shall own ----

  async #hear({ assignment }: Answer): Promise<void> {
    if (assignment === null) return
    const target = new Map<string, Set<number>>()
    for (const { topicId, partitions } of assignment.topicPartitions) {
      target.set(await this.#nameOf(topicId), new Set(partitions))
    }
    this.#target = target
    this.#reconciling ??= this.#reconcile()
      .catch(error => {
        this.#failure = error
        this.wake()
      })
      .finally(() => {
        this.#reconciling = undefined
      })
  }

  async #nameOf(topicId: string): Promise<string> {
    for (const allowCached of [true, false]) {
      const known = this.#topicNames.get(topicId)
      if (known !== undefined) return known
      const { topics } = await this.cluster.metadata(this.options.topics, { allowCached })
      this.#topicNames = new Map([...topics.values()].map(({ id, name }) => [id, name]))
    }
    const name = this.#topicNames.get(topicId)
    if (name === undefined) throw kafkaError(kafkaCode.UNKNOWN_TOPIC_ID, `assignment of topic ${topicId}`)
    return name
  }

  /** The target may move on while somebody is called. */
  async #reconcile(): Promise<void> {
    for (let target = this.#target; target !== undefined; target = this.#target) {
      const revoked = without(this.owned, target)
      if (countOf(revoked) > 0) await this.giveUp(revoked)
      else if (countOf(without(target, this.owned)) > 0) await this.take(without(target, this.owned))
      else return
      // The coordinator waits to hear of it.
      this.wake()
    }
  }

  /** Taken for dead: what it owned is others'. It comes back as the same member, with nothing. */
  async #startOver(): Promise<void> {
    this.#target = undefined
    await this.#reconciling
    await this.lose()
    this.#told = undefined
    this.setIdentity(this.memberId, epochs.join)
    this.wake()
  }

  protected async sayGoodbye(): Promise<void> {
    const { groupId, instanceId } = this.options
    const memberEpoch = instanceId === undefined ? epochs.leave : epochs.leaveStatic
    const body = { groupId, memberId: this.memberId, memberEpoch, instanceId: instanceId ?? null }
    await this.cluster.sendWithRetry({ coordinator: 'group', key: groupId }, consumerGroupHeartbeat, body)
  }
}
