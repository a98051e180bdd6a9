// From a workload and a driver of the OpenMessaging Benchmark to a test of ours: a scenario that produces for each topic, one that
// consumes for each of its subscriptions, all of them over the same time. What is done another way than OMB does it is told.
import type { ConfigProblem } from '../../core/errors.ts'
import type { KafkaSettings, ScenarioDocument, TestDocument } from '../scenario/document.ts'
import type { OmbDriver } from './driver.ts'
import type { OmbWorkload } from './workload.ts'

export interface OmbInput {
  readonly workload: OmbWorkload
  readonly driver: OmbDriver
  /** Where the payload file lies, and how large it is; undefined: it is not there. */
  readonly findPayload: (path: string) => { readonly path: string; readonly bytes: number } | undefined
  /** Makes the names of topics and groups new. */
  readonly runId: string
}

export interface OmbImport {
  readonly document: TestDocument
  readonly notices: readonly string[]
  /** Of the workload file. */
  readonly problems: readonly ConfigProblem[]
}

/** Each producer and consumer of each topic is a thread here. */
const threadsMaxOfAll = 128
/** More threads than this gain nothing on any machine; OMB's clients share threads as well. */
const threadsMax = 16
const ombKeys = 10_000
const gib = 2 ** 30
/** Of a batch and a record in it, with a stamp and a key. */
const recordOverheadBytes = 200
/** What is made so late is not sent, and counted: OMB would send it for ever later. */
const lateMax = '10s'
/** Requests in flight are limited by the producer's own settings. */
const enoughVus = 10_000
const catchUpAfterSec = 5
const deliveryTimeoutMsDefault = 120_000

/** Where the driver says nothing: the defaults of Kafka 4's own clients, which OMB has. */
const kafkaDefaults = { acks: 'all', 'batch.size': '16384', 'linger.ms': '5' } as const

export function importOmb(input: OmbInput): OmbImport {
  const importer = new Importer(input)
  const document = importer.document()
  return { document, notices: importer.notices, problems: importer.problems }
}

class Importer {
  readonly notices: string[] = []
  readonly problems: ConfigProblem[] = []
  readonly #input: OmbInput
  readonly #workload: OmbWorkload

  constructor(input: OmbInput) {
    this.#input = input
    this.#workload = input.workload
  }

  document(): TestDocument {
    const { topics, subscriptionsPerTopic, consumerPerSubscription, producersPerTopic } = this.#workload
    this.#check()
    const produces = producersPerTopic > 0
    const consumes = subscriptionsPerTopic > 0 && consumerPerSubscription > 0
    const produce = produces ? this.#produce() : undefined
    const consume = consumes ? this.#consume() : undefined
    const count = this.problems.some(({ path }) => path === 'topics') ? 0 : topics
    const names = Array.from({ length: count }, (_, index) => this.#topicName(index))
    const scenarios: Record<string, ScenarioDocument> = {}
    for (const [index, topic] of names.entries()) {
      if (produce !== undefined) scenarios[`produce-${index}`] = withTopic(produce, { topic })
      for (let subscription = 0; consume !== undefined && subscription < subscriptionsPerTopic; subscription++) {
        const group = `sub-${String(subscription).padStart(3, '0')}-${this.#input.runId}`
        scenarios[`subscription-${subscription}-${index}`] = withTopic(consume, { topic, group })
      }
    }
    return { topics: Object.fromEntries(names.map(name => [name, this.#topic()])), scenarios }
  }

  #topicName(index: number): string {
    return `test-topic-${String(index).padStart(7, '0')}-${this.#input.runId}`
  }

  #topic() {
    const { replicationFactor, topicConfig } = this.#input.driver
    return { partitions: Math.max(1, this.#workload.partitionsPerTopic), replicationFactor, configs: topicConfig }
  }

  #check(): void {
    const { topics, partitionsPerTopic, testDurationMinutes, producersPerTopic } = this.#workload
    if (topics < 1) this.#problem('topics', 'must be at least 1')
    const threads = topics * this.#threadsOfTopic
    if (threads > threadsMaxOfAll) {
      const message = `${topics} topics with their producers and consumers would take ${threads} threads here, and ${threadsMaxOfAll} are the most`
      this.#problem('topics', message)
    }
    if (partitionsPerTopic < 1) this.#problem('partitionsPerTopic', 'must be at least 1')
    if (producersPerTopic < 1) this.#problem('producersPerTopic', 'must be at least 1: nothing would be sent')
    if (testDurationMinutes <= 0) this.#problem('testDurationMinutes', 'of 0 would never end: give minutes')
  }

  get #threadsOfTopic(): number {
    const { producersPerTopic, subscriptionsPerTopic, consumerPerSubscription } = this.#workload
    const of = (clients: number) => Math.min(clients, threadsMax)
    return of(producersPerTopic) + subscriptionsPerTopic * of(consumerPerSubscription)
  }

  #problem(path: string, message: string): void {
    this.problems.push({ path, message })
  }

  // ---- time ----

  get #backlogSec(): number {
    const { consumerBacklogSizeGB, producerRate, messageSize, subscriptionsPerTopic } = this.#workload
    if (consumerBacklogSizeGB === 0) return 0
    return (consumerBacklogSizeGB * gib) / (producerRate * messageSize * Math.max(1, subscriptionsPerTopic))
  }

  /** Warm-up, the backlog and as long again to drain it, and the test itself. */
  get #durationSec(): number {
    const { warmupDurationMinutes, testDurationMinutes } = this.#workload
    const backlogSec = this.#backlogSec
    const drainSec = backlogSec === 0 ? 0 : catchUpAfterSec + 2 * backlogSec
    return (warmupDurationMinutes + testDurationMinutes) * 60 + drainSec
  }

  get #times() {
    return { duration: seconds(this.#durationSec), warmup: seconds(this.#workload.warmupDurationMinutes * 60) }
  }

  // ---- producers ----

  #produce(): ScenarioDocument {
    const { topics, producerRate, producersPerTopic } = this.#workload
    const { duration, warmup } = this.#times
    const kafka: KafkaSettings = {
      role: 'produce',
      property: this.#producerProperties(),
      workers: this.#threads('producersPerTopic', producersPerTopic),
      warmup,
      ...this.#records(),
      ...this.#keys(),
    }
    if (producerRate === 0) {
      this.notices.push(
        'producerRate: 0 is run flat out, as fast as the brokers acknowledge; OMB looks for a rate at which consumers keep up',
      )
      return { executor: 'constant-vus', vus: enoughVus, duration, kafka }
    }
    // A rate of all topics together: so many in as many seconds as there are topics.
    const rate = { rate: Math.round(producerRate), timeUnit: `${Math.max(1, topics)}s` }
    const late: KafkaSettings = { late: 'drop', lateMax }
    return {
      executor: 'constant-arrival-rate',
      ...rate,
      duration,
      preAllocatedVUs: enoughVus,
      kafka: { ...kafka, ...late },
    }
  }

  #producerProperties(): Record<string, string> {
    const { producer } = this.#input.driver
    const settings = { ...kafkaDefaults, ...producer }
    const inFlight = Number(settings['max.in.flight.requests.per.connection' as keyof typeof settings] ?? '5')
    // KIP-679: on where nothing speaks against it.
    const isIdempotent = (settings.acks === 'all' || settings.acks === '-1') && inFlight <= 5
    // A record that is larger than a batch has one to itself, as in Java's producer.
    const batchBytes = Math.max(Number(settings['batch.size']) || 0, this.#workload.messageSize + recordOverheadBytes)
    const made = { ...settings, 'batch.size': String(batchBytes) }
    return { 'enable.idempotence': String(isIdempotent), ...deliveryTimeout(settings), ...made }
  }

  #records(): KafkaSettings {
    const { messageSize, messageSizeDistribution, useRandomizedPayloads, randomBytesRatio, payloadFile } =
      this.#workload
    const recordSize = this.#recordSize(messageSize, messageSizeDistribution)
    if (useRandomizedPayloads) {
      const mixed =
        'randomized payloads are new for each record, random bytes and zeros mixed; OMB has a pool with zeros at the end'
      this.notices.push(mixed)
      // Only zeros: the least that is offered.
      const ratio = randomBytesRatio > 0.001 ? 1 / randomBytesRatio : 1000
      return { ...recordSize, payload: 'random', ...(ratio === 1 ? {} : { compressionRatio: ratio.toFixed(3) }) }
    }
    if (payloadFile === undefined) {
      this.#problem('payloadFile', 'is required without useRandomizedPayloads')
      return recordSize
    }
    const found = this.#input.findPayload(payloadFile)
    if (found === undefined) {
      this.#problem('payloadFile', `${payloadFile} is neither beside the workload, nor a folder above it, nor here`)
      return recordSize
    }
    if (found.bytes !== messageSize) {
      this.#problem('payloadFile', `${payloadFile} has ${found.bytes} bytes, and messageSize is ${messageSize}`)
    }
    return { payload: `whole:${found.path}`, stamp: 'header' }
  }

  #recordSize(messageSize: number, distribution: OmbWorkload['messageSizeDistribution']): KafkaSettings {
    if (distribution === undefined) {
      if (messageSize < 1) this.#problem('messageSize', 'must be at least 1')
      return { recordSize: Math.max(1, messageSize) }
    }
    const buckets = Object.entries(distribution).map(([range, weight]) => {
      const [, most = '', unit = ''] = /^\s*\d+\w*\s*-\s*(\d+)\s*([KMG]?B?)\s*$/i.exec(range) ?? []
      const factor = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }[unit[0]?.toUpperCase() ?? ''] ?? 1
      if (most === '') this.#problem('messageSizeDistribution', `"${range}" is not a range as 0-256 or 1KB-4KB`)
      // OMB sends the upper end of a bucket.
      const bytes = Math.max(1, Number(most) * factor)
      return `${bytes}..${bytes}:${weight}`
    })
    return { recordSize: buckets.join(',') }
  }

  #keys(): KafkaSettings {
    const { keyDistributor } = this.#workload
    if (keyDistributor === 'NO_KEY') return { keys: 'none' }
    if (keyDistributor === 'KEY_ROUND_ROBIN') {
      this.notices.push(`KEY_ROUND_ROBIN: the ${ombKeys} keys are drawn at random, and not in turn`)
    }
    return { keys: `uniform:${ombKeys}` }
  }

  #threads(field: string, clients: number): number {
    if (clients > threadsMax) this.notices.push(`${field}: ${clients} clients are ${threadsMax} here, a thread each`)
    return Math.max(1, Math.min(clients, threadsMax))
  }

  // ---- consumers ----

  #consume(): ScenarioDocument {
    const { consumerPerSubscription } = this.#workload
    const { duration, warmup } = this.#times
    const workers = this.#threads('consumerPerSubscription', consumerPerSubscription)
    const kafka: KafkaSettings = {
      role: 'consume',
      property: withoutReset(this.#input.driver.consumer),
      from: 'latest',
      workers,
      warmup,
      ...this.#backlog(),
    }
    return { executor: 'constant-vus', vus: workers, duration, kafka }
  }

  #backlog(): KafkaSettings {
    const { consumerBacklogSizeGB, producerRate, backlogDrainRatio } = this.#workload
    if (consumerBacklogSizeGB === 0) return {}
    if (producerRate === 0) {
      this.#problem(
        'consumerBacklogSizeGB',
        'needs a producerRate: OMB cannot look for one while a backlog is built, either',
      )
      return {}
    }
    if (backlogDrainRatio < 1) {
      this.#problem(
        'backlogDrainRatio',
        'of less than 1 is not known here: a backlog is drained when the lag is what it was',
      )
    }
    const sec = Math.ceil(this.#backlogSec)
    this.notices.push(
      `consumerBacklogSizeGB: consumers pause for ${sec} s, in which ${consumerBacklogSizeGB} GiB come together at this rate, and have as long again to catch up`,
    )
    return { catchUp: `pause:${sec}s`, catchUpAfter: `${catchUpAfterSec}s` }
  }
}

/** Java's producer raises its default to what the other times need. */
function deliveryTimeout(settings: Readonly<Record<string, string>>): Record<string, string> {
  const { 'linger.ms': linger = '0', 'request.timeout.ms': request = '30000' } = settings
  return { 'delivery.timeout.ms': String(Math.max(deliveryTimeoutMsDefault, Number(linger) + Number(request))) }
}

const seconds = (value: number): string => `${Math.ceil(value)}s`

/** Subscriptions are new and begin at the end, as OMB's do before the first message. */
function withoutReset({ 'auto.offset.reset': _reset, ...others }: OmbDriver['consumer']): Record<string, string> {
  return others
}

function withTopic(scenario: ScenarioDocument, more: KafkaSettings): ScenarioDocument {
  return { ...scenario, kafka: { ...scenario.kafka, ...more } } as ScenarioDocument
}
