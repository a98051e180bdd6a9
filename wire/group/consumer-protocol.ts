// The embedded protocol of consumer groups: what members put into the opaque bytes of JoinGroup and SyncGroup
// (ConsumerProtocolSubscription and ConsumerProtocolAssignment of Kafka's clients). A version in front, no flexible fields;
// a reader takes from a newer version what it knows of it.
import { Reader } from '../reader.ts'
import { array, bytes, codec, int16, int32, nullable, string } from '../schema.ts'
import { Writer } from '../writer.ts'
import { nonePartitions, type TopicPartitions } from './topic-partitions.ts'

const versionMax = 3
const topicPartitions = array({ topic: string, partitions: array(int32) })

const subscriptionCodec = codec({
  version: int16,
  topics: array(string),
  userData: nullable(bytes).default(null),
  ownedPartitions: topicPartitions.since(1), // KIP-429
  generationId: int32.since(2).default(-1), // KIP-792: of what is owned
  rackId: nullable(string).since(3).default(null), // KIP-881
})

const assignmentCodec = codec({
  version: int16,
  assignedPartitions: topicPartitions,
  userData: nullable(bytes).default(null),
})

export interface ConsumerSubscription {
  readonly topics: readonly string[]
  readonly owned: TopicPartitions
  /** In which the member got what it owns; -1: not known. */
  readonly generation: number
}

export function encodeSubscription({ topics, owned, generation }: ConsumerSubscription): Buffer {
  const body = { version: versionMax, topics, ownedPartitions: listOf(owned), generationId: generation }
  return encode(writer => subscriptionCodec.encode(writer, versionMax, body))
}

/** Throws FRAME_CORRUPT. */
export function decodeSubscription(metadata: Buffer): ConsumerSubscription {
  const body = subscriptionCodec.decode(new Reader(metadata), versionOf(metadata))
  return { topics: body.topics, owned: setsOf(body.ownedPartitions), generation: body.generationId }
}

export function encodeAssignment(assigned: TopicPartitions): Buffer {
  const body = { version: versionMax, assignedPartitions: listOf(assigned) }
  return encode(writer => assignmentCodec.encode(writer, versionMax, body))
}

/** Empty bytes are an assignment of nothing. Throws FRAME_CORRUPT. */
export function decodeAssignment(assignment: Buffer): TopicPartitions {
  if (assignment.length === 0) return nonePartitions
  return setsOf(assignmentCodec.decode(new Reader(assignment), versionOf(assignment)).assignedPartitions)
}

const versionOf = (buffer: Buffer) => Math.min(new Reader(buffer).int16(), versionMax)

function encode(write: (writer: Writer) => void): Buffer {
  const writer = new Writer()
  write(writer)
  return Buffer.concat(writer.chunks())
}

const listOf = (sets: TopicPartitions) =>
  [...sets].map(([topic, partitions]) => ({ topic, partitions: [...partitions] }))

function setsOf(list: readonly { topic: string; partitions: readonly number[] }[]): TopicPartitions {
  const sets = new Map<string, Set<number>>()
  for (const { topic, partitions } of list) sets.set(topic, new Set([...(sets.get(topic) ?? []), ...partitions]))
  return sets
}
