// What a suite that runs against both brokers knows of them: real Apache Kafka and the embedded broker, behind one interface.

import type { CodecName } from '../../../wire/compression.ts'
import type { Certificates } from '../harness/certificates.ts'
import type { ClientIdentity, KafkaCluster, SecurityOptions } from '../harness/index.ts'
import type { Capability } from './left-out.ts'

export interface BrokerTarget {
  readonly kind: 'kafka' | 'embedded'
  /** The Kafka that runs, or the one whose protocol is spoken. */
  readonly version: string
  /** The cases in `suite` need this. Where the broker leaves it out, they are skipped under the line that says so. */
  needs(capability: Capability, suite: () => void): void
  /** The cases in `suite` are about what a user types or what no broker has a part in: shown once, with the embedded broker. */
  once(suite: () => void): void
  start(options?: ClusterOptions): Promise<TestCluster>
  /** One plain broker that other suites have too: names of topics and groups must be the suite's own. */
  shared(): Promise<SharedCluster>
}

/** Without what would be felt by the others. */
export type SharedCluster = Omit<TestCluster, 'brokers' | 'damage' | 'certificates' | 'writeClientProperties'>

export interface ClusterOptions extends SecurityOptions {
  readonly brokers?: 1 | 3
  /** Broker settings by their Kafka names. */
  readonly properties?: Readonly<Record<string, string>>
  /** Of each real broker. */
  readonly heapMb?: number
}

export interface TestCluster {
  /** Of the listener for clients, `host:port,...`. */
  readonly bootstrap: string
  /** Of the PLAINTEXT listener, whose user may do everything. */
  readonly adminBootstrap: string
  readonly brokers: readonly TestBroker[]
  /** Made when the listener for clients is TLS. */
  readonly certificates: Certificates | undefined
  /** Somebody else's clients, who are asked what is in the cluster. */
  readonly tools: ClusterTools
  /** Kafka's own command line tools, where there is Java. */
  readonly kafkaTool?: KafkaCluster['tool']
  /** Java-style properties of a client that may enter, as a file; returns its path. */
  writeClientProperties(identity?: ClientIdentity): Promise<string>
  /** Flips a bit in a value of the first record of partition 0, where it is stored. */
  damage(topic: string): Promise<void>
  stop(): Promise<void>
}

export interface TestBroker {
  readonly id: number
  readonly port: number
  /** Without a goodbye, as a crash would do it. What it had acknowledged is there when it starts again. */
  kill(): Promise<void>
  /** Same data, same ports; resolves when it answers. */
  start(): Promise<void>
  /** Connections stay, nothing is answered any more. */
  freeze(): Promise<void>
  /** And is answered again, with what has come in the meantime. */
  thaw(): Promise<void>
}

/** Clients that share no code with ours: Kafka's own tools, or @platformatic/kafka where there is no Java. */
export interface ClusterTools {
  topicNames(): Promise<string[]>
  createTopic(topic: string, partitions?: number): Promise<void>
  deleteTopic(topic: string): Promise<void>
  /** `configs`: those that were set on the topic. */
  describeTopic(topic: string): Promise<TopicDescription>
  /** Partitions, as `topic-0`, of which a replica is not in sync, and those without a leader. */
  unhealthy(): Promise<{ underReplicated: string[]; offline: string[] }>
  /** End offset of every partition. */
  endOffsets(topic: string): Promise<number[]>
  deleteRecords(topic: string, partition: number, beforeOffset: number): Promise<void>
  write(topic: string, lines: readonly string[], options?: WriteOptions): Promise<void>
  /** Records in the form of the console consumer, to the end of the topic as it is when nothing comes for some time. */
  read(topic: string, options?: ReadOptions): Promise<string[]>
  /** Committed offset and lag of every partition with a commit. */
  describeGroup(group: string): Promise<{ committed: number; lag: number }[]>
  /** Members of a classic group, with their partitions as `topic-0`. */
  groupMembers(group: string): Promise<{ instanceId: string; partitions: string[] }[]>
  resetGroup(group: string, topic: string, offset: number): Promise<void>
  /** Goes in by the listener for clients and asks something; rejects when it is not let in. */
  enter(identity: ClientIdentity): Promise<void>
  /** Adds an ACL; `what` are flags of kafka-acls. */
  allow(user: string, ...what: readonly string[]): Promise<void>
}

export interface TopicDescription {
  readonly partitions: number
  readonly replicationFactor: number
  readonly configs: Readonly<Record<string, string>>
}

export interface WriteOptions {
  readonly codec?: CodecName
  /** Each line is a key, a tab and a value, and the key decides the partition. */
  readonly keyed?: boolean
}

export interface ReadOptions {
  readonly recordsMax?: number
  readonly isolation?: 'read_uncommitted' | 'read_committed'
  /** Besides the value, in the order in which the console consumer prints them. */
  readonly print?: readonly ('timestamp' | 'headers' | 'key')[]
}
