// What the group state machines are given: time, ids, settings and a view of the topics. Nothing else reaches them.
import type { Scheduler } from '../scheduler.ts'

export interface GroupSettings {
  readonly sessionTimeoutMsMin: number
  readonly sessionTimeoutMsMax: number
  readonly groupSizeMax: number
  readonly initialRebalanceDelayMs: number
  readonly consumerSessionTimeoutMs: number
  readonly consumerHeartbeatIntervalMs: number
  readonly offsetsRetentionMs: number
  readonly metadataBytesMax: number
}

/** Kafka's, but for the rebalance delay: it is 3 s there, and 0 in the settings that Kafka ships for development. */
export const groupSettingsDefault: GroupSettings = {
  sessionTimeoutMsMin: 6_000,
  sessionTimeoutMsMax: 1_800_000,
  groupSizeMax: 0x7fff_ffff,
  initialRebalanceDelayMs: 0,
  consumerSessionTimeoutMs: 45_000,
  consumerHeartbeatIntervalMs: 5_000,
  offsetsRetentionMs: 7 * 86_400_000,
  metadataBytesMax: 4_096,
}

export interface TopicView {
  readonly name: string
  readonly id: string
  readonly partitions: number
}

export interface TopicsView {
  byName(name: string): TopicView | undefined
  byId(id: string): TopicView | undefined
  names(): Iterable<string>
}

export interface GroupContext {
  readonly scheduler: Scheduler
  /** Read at each use: settings of a broker can change while it runs. */
  readonly settings: GroupSettings
  readonly topics: TopicsView
  /** A fresh id, for members that come without one. */
  readonly newId: () => string
}

/** The protocol's no, with words for the versions that carry them. */
export interface Refusal {
  readonly errorCode: number
  readonly errorMessage: string
}
