// One producer's link to one broker: opens the connection, gathers ready batches of the partitions that the broker leads
// into produce requests, and keeps the limit of requests in flight.
import { MillraceError } from '../../core/errors.ts'
import { produce } from '../../wire/apis/00-produce.ts'
import { metadata } from '../../wire/apis/03-metadata.ts'
import type { Connection, SendOptions } from '../../wire/connection.ts'
import type { ResponseOf } from '../../wire/schema.ts'
import type { ProducePlan } from '../plan.ts'
import type { Batch } from './batch.ts'
import { gatherBatches } from './gather.ts'
import type { PartitionSender } from './partition-sender.ts'

export interface TopicIdentity {
  readonly name: string
  readonly id: string
}

/** What of a connection a producer uses. */
export type ProduceConnection = Pick<Connection, 'isOpen' | 'closed' | 'send' | 'sendOneWay' | 'drained' | 'close'>

export interface LinkSettings {
  readonly plan: ProducePlan
  readonly topic: TopicIdentity
  /** How long the broker may wait for its replicas. */
  readonly ackTimeoutMs: number
  /** Absent: what is sent is in no transaction. */
  readonly transactional?: { readonly transactionalId: string; readonly produceVersionMax?: number | undefined }
  readonly open: () => Promise<ProduceConnection>
  /** How long to wait from one attempt to connect to the next, after so many that failed in a row. */
  readonly reconnectPauseMs: (failures: number) => number
}

export interface LinkEvents {
  /** One partition's answer: error code of the protocol (0 = stored). */
  /** `brokerMessage`: what the broker says of the error, if it says anything. */
  answered(batch: Batch, errorCode: number, brokerMessage?: string | null): void
  /** The request failed as a whole: the connection is gone, or no answer came in time. */
  failed(batch: Batch, error: MillraceError): void
  connected(): void
  connectFailed(error: MillraceError): void
  /** acks=0: the broker has ended the connection, which is all it says about what it did not store. */
  lost(error: MillraceError): void
  requestDone(): void
}

/** What the produce loop knows of a way to one broker: of the wire client's, or of a client under test. */
export interface ProducerLink {
  /** Of the partitions that the broker leads. */
  readonly senders: PartitionSender[]
  readonly inFlight: number
  readonly hasRoom: boolean
  readonly isHeldUp: boolean
  send(nowNs: number, requestsMax?: number): number
  flush(): Promise<void>
  close(): Promise<void>
}

export class BrokerLink implements ProducerLink {
  readonly brokerId: number
  readonly senders: PartitionSender[] = []
  inFlight = 0
  #connection: ProduceConnection | undefined
  #connecting = false
  #closed = false
  #connectFailures = 0
  #connectNotBeforeNs = 0
  readonly #plan: ProducePlan
  readonly #topic: TopicIdentity
  readonly #ackTimeoutMs: number
  readonly #open: () => Promise<ProduceConnection>
  readonly #reconnectPauseMs: (failures: number) => number
  readonly #events: LinkEvents
  readonly #transactionalId: string | null
  readonly #sendOptions: SendOptions

  constructor(brokerId: number, settings: LinkSettings, events: LinkEvents) {
    this.brokerId = brokerId
    this.#plan = settings.plan
    this.#topic = settings.topic
    this.#ackTimeoutMs = settings.ackTimeoutMs
    this.#open = settings.open
    this.#reconnectPauseMs = settings.reconnectPauseMs
    this.#events = events
    const { transactionalId = null, produceVersionMax: versionMax } = settings.transactional ?? {}
    this.#transactionalId = transactionalId
    this.#sendOptions = versionMax === undefined ? {} : { versionMax }
  }

  /** Whether a request could leave now. */
  get hasRoom(): boolean {
    return this.#connection?.isOpen === true && this.inFlight < this.#plan.inFlightMax
  }

  /** Batches are ready that cannot leave: the limit in flight is reached, or there is no connection. */
  get isHeldUp(): boolean {
    return !this.hasRoom && this.senders.some(sender => sender.waiting > 0)
  }

  /** Sends what is ready, as far as the limit in flight allows; the number of requests that left. */
  send(nowNs: number, requestsMax = Number.POSITIVE_INFINITY): number {
    if (this.senders.length === 0 || !this.#ensureOpen(nowNs)) return 0
    let requests = 0
    while (this.inFlight < this.#plan.inFlightMax && requests < requestsMax) {
      const batches = gatherBatches(this.senders, this.#plan.requestBytesMax, nowNs)
      if (batches.length === 0) break
      this.#dispatch(this.#connection!, batches)
      requests++
    }
    return requests
  }

  /**
   * Resolves when the broker has handled everything sent so far: it handles the requests of a connection in order, so an
   * answer to anything says that what came before it is done. That is the only confirmation acks=0 can have.
   */
  async flush(): Promise<void> {
    const connection = this.#connection
    if (!connection?.isOpen) return
    try {
      await connection.send(metadata, { topics: [], allowAutoTopicCreation: false })
    } catch (error) {
      // Told by `lost`; what it has cost is seen in the logs' ends.
      if ((error as MillraceError).code !== 'CONNECTION_CLOSED') throw error
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#connection?.close()
  }

  #ensureOpen(nowNs: number): boolean {
    if (this.#connection?.isOpen) return true
    // Also while nothing waits yet: what is being filled is only sealed early for a connection that could take it.
    if (!this.#connecting && nowNs >= this.#connectNotBeforeNs) this.#connect(nowNs)
    return false
  }

  #connect(nowNs: number): void {
    this.#connecting = true
    this.#open().then(
      connection => {
        this.#connecting = false
        // The run has ended meanwhile, and an open socket would keep its thread alive.
        if (this.#closed) return void connection.close()
        this.#connectFailures = 0
        this.#connection = connection
        if (this.#plan.acks === 0) {
          void connection.closed.then(error => error !== undefined && this.#events.lost(error))
        }
        this.#events.connected()
      },
      (error: MillraceError) => {
        this.#connecting = false
        this.#connectFailures++
        this.#connectNotBeforeNs = nowNs + this.#reconnectPauseMs(this.#connectFailures) * 1e6
        this.#events.connectFailed(error)
      },
    )
  }

  #dispatch(connection: ProduceConnection, batches: readonly Batch[]): void {
    this.inFlight++
    const body = {
      transactionalId: this.#transactionalId,
      acks: this.#plan.acks,
      timeoutMs: this.#ackTimeoutMs,
      topicData: [
        {
          name: this.#topic.name,
          topicId: this.#topic.id,
          partitionData: batches.map(batch => ({ index: batch.partition, records: batch.sealed! })),
        },
      ],
    }
    const isAnswered = this.#plan.acks !== 0
    const answer = isAnswered
      ? connection.send(produce, body, this.#sendOptions)
      : this.#sendWithoutAnswer(connection, body)
    answer.then(
      response => this.#settle(batches, response),
      (error: MillraceError) => {
        this.inFlight--
        for (const batch of batches) this.#events.failed(batch, error)
        this.#events.requestDone()
      },
    )
  }

  /** acks=0: done when the kernel has taken it; the memory may be used again then. */
  async #sendWithoutAnswer(
    connection: ProduceConnection,
    body: Parameters<typeof connection.sendOneWay<typeof produce>>[1],
  ): Promise<undefined> {
    connection.sendOneWay(produce, body)
    await connection.drained()
  }

  #settle(batches: readonly Batch[], response: ResponseOf<typeof produce> | undefined): void {
    this.inFlight--
    const answers = response?.responses[0]?.partitionResponses
    for (const batch of batches) {
      const answer = answers?.find(partition => partition.index === batch.partition)
      if (response === undefined) this.#events.answered(batch, 0)
      else if (answer === undefined) this.#events.failed(batch, missingAnswer(batch))
      else this.#events.answered(batch, answer.errorCode, answer.errorMessage)
    }
    this.#events.requestDone()
  }
}

const missingAnswer = (batch: Batch) =>
  new MillraceError('FRAME_CORRUPT', `produce response without partition ${batch.partition}`)
