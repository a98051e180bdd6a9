// The topics of the cluster: found by name or id, created, grown, deleted. Problems are told as Kafka's codes.
import { kafkaCode } from '../wire/error-codes.ts'
import type { ClusterState } from './cluster.ts'
import { Partition } from './partition.ts'
import { Topic } from './topic.ts'
import { problemWith, topicConfigDefinitions } from './topic-configs.ts'

export interface Problem {
  readonly errorCode: number
  readonly message: string
}

export interface NewTopic {
  readonly name: string
  /** -1: the broker's default. */
  readonly partitions?: number
  readonly replicationFactor?: number
  /** Replicas by partition, instead of both numbers. */
  readonly assignments?: ReadonlyMap<number, readonly number[]>
  readonly configs?: ReadonlyMap<string, string>
  readonly isInternal?: boolean
}

/** All topics together: a limit that only a mistake reaches. */
const partitionsMax = 100_000
const nameLengthMax = 249

export class Topics {
  readonly #cluster: ClusterState
  readonly #byName = new Map<string, Topic>()
  readonly #byId = new Map<string, Topic>()
  readonly #deletionWatchers = new Set<(topic: Topic) => void>()
  /** Where the next topic's first leader is, so that single-partition topics spread too. */
  #nextBroker = 0
  #partitions = 0

  constructor(cluster: ClusterState) {
    this.#cluster = cluster
  }

  [Symbol.iterator](): IterableIterator<Topic> {
    return this.#byName.values()
  }

  get size(): number {
    return this.#byName.size
  }

  byName(name: string): Topic | undefined {
    return this.#byName.get(name)
  }

  byId(id: string): Topic | undefined {
    return this.#byId.get(id)
  }

  /** Groups forget the offsets of a topic that is deleted; returns how to stop. */
  watchDeletions(deleted: (topic: Topic) => void): () => void {
    this.#deletionWatchers.add(deleted)
    return () => this.#deletionWatchers.delete(deleted)
  }

  // ---- create ----

  /** The problem, or undefined; nothing is changed. */
  problemWith(wanted: NewTopic): Problem | undefined {
    if (this.#byName.has(wanted.name)) return problem('TOPIC_ALREADY_EXISTS', `Topic '${wanted.name}' already exists.`)
    return (
      nameProblem(wanted.name) ?? this.#collision(wanted.name) ?? this.#layoutProblem(wanted) ?? configProblem(wanted)
    )
  }

  create(wanted: NewTopic): Topic | Problem {
    const topic = this.plan(wanted)
    if (isProblem(topic)) return topic
    this.#nextBroker++
    this.#partitions += topic.partitions.length
    this.#byName.set(topic.name, topic)
    this.#byId.set(topic.id, topic)
    return topic
  }

  /** The topic as it would be; nothing is changed. */
  plan(wanted: NewTopic): Topic | Problem {
    const found = this.problemWith(wanted)
    if (found !== undefined) return found
    const cluster = this.#cluster
    const identity = { ...wanted, id: cluster.newUuid() }
    const topic = new Topic(identity, wanted.configs ?? new Map(), name => cluster.configs.valueOf(name))
    for (const replicas of this.#layout(wanted)) this.#addPartition(topic, replicas)
    return topic
  }

  /** For a name that must not be created: that it is unknown, or that it could never be one. */
  nameCode(name: string): number {
    return nameProblem(name)?.errorCode ?? kafkaCode.UNKNOWN_TOPIC_OR_PARTITION
  }

  /** For a topic that somebody asks for and that does not exist: created when the settings allow it. */
  autoCreate(name: string): Topic | Problem {
    if (this.#cluster.configs.valueOf('auto.create.topics.enable') !== 'true') {
      return problem('UNKNOWN_TOPIC_OR_PARTITION', `Topic '${name}' does not exist.`)
    }
    return this.create({ name })
  }

  // ---- change ----

  /** Grows a topic to `count` partitions. */
  grow(
    topic: Topic,
    count: number,
    assignments?: readonly (readonly number[])[],
    validateOnly = false,
  ): Problem | undefined {
    const current = topic.partitions.length
    if (count <= current) {
      const why = `The topic ${topic.name} currently has ${current} partition(s); ${count} would not be an increase.`
      return problem('INVALID_PARTITIONS', why)
    }
    if (this.#partitions + count - current > partitionsMax) return tooMany()
    const factor = topic.partitions[0]!.replicas.length
    const added = assignments ?? this.#spread(count, factor, 0).slice(current)
    if (added.length !== count - current) {
      const why = `Increasing the number of partitions by ${count - current} but ${added.length} assignments provided.`
      return problem('INVALID_REPLICA_ASSIGNMENT', why)
    }
    for (const replicas of added) {
      const wrong = this.#replicasProblem(replicas, factor)
      if (wrong !== undefined) return wrong
    }
    if (validateOnly) return undefined
    for (const replicas of added) this.#addPartition(topic, replicas)
    this.#partitions += added.length
    return undefined
  }

  delete(topic: Topic): void {
    this.#byName.delete(topic.name)
    this.#byId.delete(topic.id)
    this.#partitions -= topic.partitions.length
    for (const watcher of [...this.#deletionWatchers]) watcher(topic)
    for (const partition of topic.partitions) {
      partition.leaderId = -1
      partition.log.drop()
      partition.changed()
    }
  }

  #addPartition(topic: Topic, replicas: readonly number[]): void {
    const { memory, scheduler, isAlive } = this.#cluster
    const deps = { memory, configs: () => topic.resolved, nowMs: () => scheduler.nowMs() }
    const partition = new Partition(topic, topic.partitions.length, replicas, deps)
    partition.settle(isAlive)
    topic.partitions.push(partition)
  }

  // ---- layout ----

  #layout(wanted: NewTopic): (readonly number[])[] {
    const given = wanted.assignments
    if (given !== undefined && given.size > 0)
      return Array.from({ length: given.size }, (_, index) => given.get(index)!)
    return this.#spread(this.#countOf(wanted), this.#factorOf(wanted), this.#nextBroker)
  }

  #countOf({ partitions = -1 }: NewTopic): number {
    return partitions === -1 ? this.#cluster.configs.numberOf('num.partitions') : partitions
  }

  #factorOf({ replicationFactor = -1 }: NewTopic): number {
    return replicationFactor === -1 ? this.#cluster.configs.numberOf('default.replication.factor') : replicationFactor
  }

  /** Leaders round robin over the brokers, followers on the ones after. */
  #spread(count: number, factor: number, first: number): number[][] {
    const ids = [...this.#cluster.brokers.keys()]
    const replica = (partition: number, index: number) => ids[(first + partition + index) % ids.length]!
    return Array.from({ length: count }, (_, partition) =>
      Array.from({ length: factor }, (_, index) => replica(partition, index)),
    )
  }

  #layoutProblem(wanted: NewTopic): Problem | undefined {
    const { assignments } = wanted
    if (assignments !== undefined && assignments.size > 0) return this.#assignmentProblem(wanted, assignments)
    const count = this.#countOf(wanted)
    if (count <= 0)
      return problem('INVALID_PARTITIONS', 'Number of partitions was set to an invalid non-positive value.')
    if (this.#partitions + count > partitionsMax) return tooMany()
    const factor = this.#factorOf(wanted)
    if (factor <= 0) return problem('INVALID_REPLICATION_FACTOR', 'Replication factor must be larger than 0.')
    const brokers = this.#cluster.brokers.size
    if (factor <= brokers) return undefined
    const why = `Unable to replicate the partition ${factor} time(s): The target replication factor of ${factor} cannot be reached because only ${brokers} broker(s) are registered.`
    return problem('INVALID_REPLICATION_FACTOR', why)
  }

  #assignmentProblem(
    { partitions = -1, replicationFactor = -1 }: NewTopic,
    assignments: ReadonlyMap<number, readonly number[]>,
  ): Problem | undefined {
    if (partitions !== -1 || replicationFactor !== -1) {
      return problem('INVALID_REQUEST', 'A manual partition assignment was given, but other sizes were too.')
    }
    if (this.#partitions + assignments.size > partitionsMax) return tooMany()
    const factor = assignments.get(0)?.length ?? 0
    for (let index = 0; index < assignments.size; index++) {
      const replicas = assignments.get(index)
      if (replicas === undefined) {
        return problem('INVALID_REPLICA_ASSIGNMENT', 'Partitions should be a consecutive 0-based integer sequence.')
      }
      const wrong = this.#replicasProblem(replicas, factor)
      if (wrong !== undefined) return wrong
    }
    return undefined
  }

  #replicasProblem(replicas: readonly number[], factor: number): Problem | undefined {
    const isKnown = replicas.every(id => this.#cluster.brokers.has(id))
    if (isKnown && replicas.length === factor && factor > 0 && new Set(replicas).size === factor) return undefined
    return problem(
      'INVALID_REPLICA_ASSIGNMENT',
      `The replicas ${replicas.join(',')} are not ${factor} different brokers.`,
    )
  }

  /** Names that differ in '.' and '_' alone would share a metric's name, so Kafka refuses the second. */
  #collision(name: string): Problem | undefined {
    if (!/[._]/.test(name)) return undefined
    const same = (text: string) => text.replaceAll('.', '_')
    const other = [...this.#byName.keys()].find(each => same(each) === same(name))
    return other === undefined
      ? undefined
      : problem('INVALID_TOPIC_EXCEPTION', `Topic '${name}' collides with existing topic: ${other}`)
  }
}

export const isProblem = (value: Topic | Problem): value is Problem => 'errorCode' in value

const problem = (code: keyof typeof kafkaCode, message: string): Problem => ({ errorCode: kafkaCode[code], message })

const tooMany = () => problem('INVALID_PARTITIONS', `More than ${partitionsMax} partitions.`)

function nameProblem(name: string): Problem | undefined {
  const invalid = (why: string) => problem('INVALID_TOPIC_EXCEPTION', `Topic name is invalid: ${why}`)
  if (name === '') return invalid('the empty string is not allowed')
  if (name === '.' || name === '..') return invalid("'.' or '..' is not allowed")
  if (name.length > nameLengthMax)
    return invalid(`the length of '${name}' is longer than the max allowed length ${nameLengthMax}`)
  if (/^[a-zA-Z0-9._-]+$/.test(name)) return undefined
  return invalid(`'${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`)
}

function configProblem({ configs }: NewTopic): Problem | undefined {
  for (const [name, value] of configs ?? []) {
    const definition = topicConfigDefinitions.get(name)
    const why = definition === undefined ? `Unknown topic config name: ${name}` : problemWith(definition, value)
    if (why !== undefined) return problem('INVALID_CONFIG', why)
  }
  return undefined
}
