// A run of `millrace end-to-end-latency`: a record is sent, acknowledged and read again before the next one is sent, as Kafka's
// kafka-e2e-latency does it. So this is the time of one record in an idle pipeline; under load, `millrace bench roundtrip` measures.
import { makeClock } from '../../core/clock.ts'
import { exitCodes, MillraceError } from '../../core/errors.ts'
import { makeRandom, type Random } from '../../core/random.ts'
import { createTopic, initProducerId, listOffsets, type ProducerIdentity } from '../../wire/admin.ts'
import { produce } from '../../wire/apis/00-produce.ts'
import { fetch } from '../../wire/apis/01-fetch.ts'
import { Cluster } from '../../wire/cluster.ts'
import type { TopicMetadata } from '../../wire/cluster-metadata.ts'
import { kafkaCode, kafkaError } from '../../wire/error-codes.ts'
import { buildBatch, type RecordInput } from '../../wire/record-batch/build.ts'
import { noProducer } from '../../wire/record-batch/constants.ts'
import { type BatchRecord, decodeBatches } from '../../wire/record-batch/decode.ts'
import type { ClientSettings } from '../../wire/settings.ts'
import { murmur2, partitionOf } from '../payload/murmur2.ts'
import type { CompressionName } from '../plan.ts'
import { EndToEndTimes } from './end-to-end-times.ts'
import type { PerfOutcome } from './producer-run.ts'

export interface EndToEndRun {
  readonly client: ClientSettings
  readonly topic: string
  readonly numRecords: number
  readonly acks: 1 | -1
  readonly recordBytes: number
  readonly keyBytes: number
  readonly headers: { readonly count: number; readonly keyBytes: number; readonly valueBytes: number }
  readonly compression: CompressionName
  readonly isIdempotent: boolean
  readonly isolation: 'read_uncommitted' | 'read_committed'
  readonly fetchBytesMax: number
  readonly signal: AbortSignal
  readonly onLine: (line: string) => void
  readonly onNotice: (text: string) => void
}

/** How long a record may take to be there. */
const readMsMax = 60_000
const sampleEvery = 1_000

export async function runEndToEnd(run: EndToEndRun): Promise<PerfOutcome> {
  const cluster = await Cluster.connect(run.client)
  try {
    const topic = await topicOf(cluster, run)
    const ends = await listOffsets(cluster, run.topic, 'all', 'latest', run.isolation)
    const offsets = new Map([...ends].map(([partition, { offset }]) => [partition, offset]))
    const identity = run.isIdempotent
      ? await initProducerId(cluster)
      : { producerId: noProducer, producerEpoch: noProducer }
    const times = new EndToEndTimes()
    await measure(new Pipeline(cluster, run, topic, offsets, identity), run, times)
    if (times.count > 0) for (const line of times.lines()) run.onLine(line)
    if (times.count > 0) run.onNotice(times.fineText())
    return { exitCode: run.signal.aborted ? exitCodes.interrupted : exitCodes.ok }
  } finally {
    await cluster.close()
  }
}

async function topicOf(cluster: Cluster, { topic, onLine }: EndToEndRun): Promise<TopicMetadata> {
  const found = (await cluster.metadata([topic], { allowCached: false })).topics.get(topic)
  if (found !== undefined && found.errorCode !== kafkaCode.UNKNOWN_TOPIC_OR_PARTITION) {
    return cluster.retry(() => cluster.topic(topic))
  }
  onLine(`Topic "${topic}" does not exist. Will create topic with 1 partition(s) and replication factor = 1`)
  return createTopic(cluster, { name: topic, partitions: 1, replicationFactor: 1 })
}

async function measure(pipeline: Pipeline, run: EndToEndRun, times: EndToEndTimes): Promise<void> {
  const clock = makeClock()
  const random = makeRandom(0)
  for (let index = 0; index < run.numRecords && !run.signal.aborted; index++) {
    const record = makeRecord(run, random, Math.floor(clock.wallUsAt(clock.nowNs()) / 1000))
    const startNs = clock.nowNs()
    const partition = await pipeline.send(record)
    const read = await pipeline.read(partition, () => clock.nowNs() - startNs < readMsMax * 1e6)
    const elapsedNs = clock.nowNs() - startNs
    assertSame(record, read)
    if (index % sampleEvery === 0) run.onLine(times.sampleLine(index, elapsedNs))
    times.add(elapsedNs)
  }
}

/** Each part is one letter over and over, as in Kafka's tool. */
function makeRecord({ recordBytes, keyBytes, headers }: EndToEndRun, random: Random, timestampMs: number): RecordInput {
  const letters = (bytes: number) => Buffer.alloc(bytes, 65 + random.below(26))
  const key = letters(keyBytes)
  const value = letters(recordBytes)
  const made = Array.from({ length: headers.count }, () => ({
    key: letters(headers.keyBytes).toString('latin1'),
    value: headers.valueBytes < 0 ? null : letters(headers.valueBytes),
  }))
  return { key, value, headers: made, timestampMs }
}

class Pipeline {
  readonly #cluster: Cluster
  readonly #run: EndToEndRun
  readonly #topic: TopicMetadata
  /** Where the next record of each partition will be read. */
  readonly #offsets: Map<number, number>
  readonly #identity: ProducerIdentity
  readonly #sequences = new Map<number, number>()

  constructor(
    cluster: Cluster,
    run: EndToEndRun,
    topic: TopicMetadata,
    offsets: Map<number, number>,
    identity: ProducerIdentity,
  ) {
    this.#cluster = cluster
    this.#run = run
    this.#topic = topic
    this.#offsets = offsets
    this.#identity = identity
  }

  /** The partition in which it is stored. */
  async send(record: RecordInput): Promise<number> {
    const { acks, compression, client } = this.#run
    const { name, id, partitions } = this.#topic
    const key = record.key!
    const view = new DataView(key.buffer, key.byteOffset, key.length)
    const index = partitionOf(murmur2(view, 0, key.length), partitions.length)
    const sequence = this.#sequences.get(index) ?? 0
    const sequencing = this.#run.isIdempotent ? { ...this.#identity, baseSequence: sequence } : {}
    const records = buildBatch({ records: [record], codec: compression, ...sequencing })
    const topicData = [{ name, topicId: id, partitionData: [{ index, records }] }]
    const body = { transactionalId: null, acks, timeoutMs: client.requestTimeoutMs, topicData }
    const target = { leader: { topic: name, partition: index } }
    await this.#cluster.sendWithRetry(target, produce, body, {
      check: ({ responses }) => {
        const { errorCode = 0, errorMessage = null } = responses[0]?.partitionResponses[0] ?? {}
        if (errorCode !== 0 && errorCode !== kafkaCode.DUPLICATE_SEQUENCE_NUMBER) {
          throw kafkaError(errorCode, `topic ${name} partition ${index}`, errorMessage)
        }
      },
    })
    this.#sequences.set(index, sequence + 1)
    return index
  }

  /** Asks until there is something: a broker that waited for it would add its own delay. */
  async read(partition: number, mayWait: () => boolean): Promise<BatchRecord[]> {
    do {
      const records = await this.#fetchOnce(partition)
      if (records.length > 0) return records
    } while (mayWait())
    const message = `poll() timed out before finding a result (timeout:[${readMsMax}ms])`
    throw new MillraceError('RECORDS_MISSING', message)
  }

  async #fetchOnce(partition: number): Promise<BatchRecord[]> {
    const { isolation, fetchBytesMax } = this.#run
    const { name: topic, id: topicId } = this.#topic
    const fetchOffset = this.#offsets.get(partition)!
    const partitions = [{ partition, fetchOffset, partitionMaxBytes: fetchBytesMax }]
    const isolationLevel = isolation === 'read_committed' ? 1 : 0
    const body = { maxWaitMs: 0, minBytes: 1, isolationLevel, topics: [{ topic, topicId, partitions }] }
    const answer = await this.#cluster.sendWithRetry({ leader: { topic, partition } }, fetch, body, {
      check: ({ errorCode, responses }) => {
        const code = errorCode || (responses[0]?.partitions[0]?.errorCode ?? 0)
        if (code !== 0) throw kafkaError(code, `topic ${topic} partition ${partition}`)
      },
    })
    const records: BatchRecord[] = []
    for (const batch of decodeBatches(answer.responses[0]?.partitions[0]?.records ?? Buffer.alloc(0))) {
      this.#offsets.set(partition, batch.lastOffset + 1)
      if (!batch.control) records.push(...batch.records.filter(({ offset }) => offset >= fetchOffset))
    }
    return records
  }
}

/** In the words of Kafka's tool. */
function assertSame(sent: RecordInput, read: readonly BatchRecord[]): void {
  const [first] = read
  const differs = (one: Buffer | null, other: Buffer | null) =>
    one === null || other === null ? one !== other : !one.equals(other)
  const problem =
    read.length !== 1
      ? `Only one result was expected during this test. We found [${read.length}]`
      : differs(first!.value, sent.value)
        ? 'The message value read did not match the message value sent'
        : differs(first!.key, sent.key)
          ? 'The message key read did not match the message key sent'
          : haveSameHeaders(sent, first!, differs)
            ? undefined
            : 'The message headers read did not match the message headers sent'
  if (problem === undefined) return
  const hint = 'Somebody else writes to the topic: this measures one record at a time, on a topic of its own.'
  throw new MillraceError('DELIVERY_MISMATCH', problem, { hint })
}

function haveSameHeaders(
  { headers = [] }: RecordInput,
  { headers: read }: BatchRecord,
  differs: (one: Buffer | null, other: Buffer | null) => boolean,
): boolean {
  const same = headers.every(({ key, value }, index) => key === read[index]?.key && !differs(value, read[index].value))
  return headers.length === read.length && same
}
