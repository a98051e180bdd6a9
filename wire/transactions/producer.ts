// A transactional producer as its coordinator sees it: an identity, what the transaction has touched, and how it ends. Records
// are sent by whoever holds it, with its id, its identity and the versions that it names.
//
// Two protocols. In the first (KIP-98) partitions and groups are announced before they are written to, and one epoch serves
// all transactions. In the second (KIP-890, transaction.version 2) writing announces, and the end of a transaction hands out
// the epoch of the next one, so that nothing late of one gets into another. Which one it is the cluster says.
import { isMillraceError, MillraceError } from '../../core/errors.ts'
import { initProducerId } from '../apis/22-init-producer-id.ts'
import { addPartitionsToTxn } from '../apis/24-add-partitions-to-txn.ts'
import { addOffsetsToTxn } from '../apis/25-add-offsets-to-txn.ts'
import { endTxn } from '../apis/26-end-txn.ts'
import { txnOffsetCommit } from '../apis/28-txn-offset-commit.ts'
import type { Cluster } from '../cluster.ts'
import { kafkaCode, kafkaError } from '../error-codes.ts'

export type TransactionEnd = 'commit' | 'abort'

export interface Identity {
  readonly producerId: number
  readonly producerEpoch: number
}

export interface TransactionalSettings {
  readonly transactionalId: string
  /** transaction.timeout.ms: the coordinator aborts what is open for longer, and fences its producer. */
  readonly timeoutMs: number
}

/** Who commits offsets in a transaction, as its group knows it (KIP-447); without it the group does not check. */
export interface Committer {
  readonly memberId: string
  readonly generation: number
}

export interface OffsetsInTransaction {
  readonly groupId: string
  readonly topic: string
  /** By partition: the next offset to read. */
  readonly offsets: ReadonlyMap<number, number>
  readonly committer?: Committer
}

const featureName = 'transaction.version'
/** Newer versions than these mean the second protocol. */
const firstProtocolVersions = { produce: 11, endTxn: 4, txnOffsetCommit: 4 } as const
/** AddPartitionsToTxn: from the next version on it is for brokers among themselves. */
const addPartitionsVersionMax = 3
/** As the Java client waits for the end of the transaction before, which is a matter of milliseconds (KIP-98). */
const concurrentPauseMs = 20

/** After these the transaction can be aborted, and the producer goes on: KIP-360, KIP-890. All else that is final is the end of it. */
const abortableCodes: ReadonlySet<number> = new Set([
  kafkaCode.TRANSACTION_ABORTABLE,
  kafkaCode.INVALID_PRODUCER_EPOCH,
  kafkaCode.INVALID_PRODUCER_ID_MAPPING,
  kafkaCode.UNKNOWN_PRODUCER_ID,
  kafkaCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
])

export class TransactionalProducer {
  readonly transactionalId: string
  /** Partitions are to be announced with `addPartitions` before they are written to. */
  readonly announces: boolean
  #identity: Identity
  readonly #cluster: Cluster
  readonly #settings: TransactionalSettings
  /** Something was announced, so there is something to end. */
  #hasBegun = false

  /** Fences whoever had the id before, and waits until what they left open is aborted. */
  static async open(cluster: Cluster, settings: TransactionalSettings): Promise<TransactionalProducer> {
    const [first] = [...(await cluster.metadata()).brokers.keys()]
    const { apiVersions } = await cluster.retry(() => cluster.connection(first!))
    const level = apiVersions.finalizedFeatures.find(({ name }) => name === featureName)?.maxVersionLevel ?? 0
    const identity = await askIdentity(cluster, settings, { producerId: -1, producerEpoch: -1 })
    return new TransactionalProducer(cluster, settings, identity, level < 2)
  }

  private constructor(cluster: Cluster, settings: TransactionalSettings, identity: Identity, announces: boolean) {
    this.transactionalId = settings.transactionalId
    this.announces = announces
    this.#cluster = cluster
    this.#settings = settings
    this.#identity = identity
  }

  /** With it the next batches are to be sealed; another one from the end of a transaction on. */
  get identity(): Identity {
    return this.#identity
  }

  /** For requests that carry its batches. */
  get produceVersionMax(): number | undefined {
    return this.announces ? firstProtocolVersions.produce : undefined
  }

  async addPartitions(topic: string, partitions: readonly number[]): Promise<void> {
    if (!this.announces || partitions.length === 0) return
    const { producerId, producerEpoch } = this.#identity
    const body = {
      transactions: [],
      v3AndBelowTransactionalId: this.transactionalId,
      v3AndBelowProducerId: producerId,
      v3AndBelowProducerEpoch: producerEpoch,
      v3AndBelowTopics: [{ name: topic, partitions }],
    }
    await this.#untilFree(async timeoutMs => {
      const answer = await this.#cluster.send(this.#coordinator, addPartitionsToTxn, body, {
        timeoutMs,
        versionMax: addPartitionsVersionMax,
      })
      // Those that are not at fault are answered with OPERATION_NOT_ATTEMPTED.
      const codes = answer.resultsByTopicV3AndBelow.flatMap(each => each.resultsByPartition)
      const wrong = codes.filter(({ partitionErrorCode }) => partitionErrorCode !== kafkaCode.NONE)
      const first =
        wrong.find(({ partitionErrorCode }) => partitionErrorCode !== kafkaCode.OPERATION_NOT_ATTEMPTED) ?? wrong[0]
      if (first === undefined) return
      throw this.#error(first.partitionErrorCode, `partition ${first.partitionIndex} of topic ${topic}`)
    })
    this.#hasBegun = true
  }

  /** They become the group's when the transaction commits. */
  async commitOffsets({ groupId, topic, offsets, committer }: OffsetsInTransaction): Promise<void> {
    if (offsets.size === 0) return
    if (this.announces) await this.#addGroup(groupId)
    const { id: topicId } = await this.#cluster.retry(() => this.#cluster.topic(topic))
    const partitions = [...offsets].map(([partitionIndex, committedOffset]) => {
      return { partitionIndex, committedOffset, committedMetadata: '' }
    })
    const member = committer && { memberId: committer.memberId, generationIdOrMemberEpoch: committer.generation }
    const body = {
      ...{ transactionalId: this.transactionalId, groupId, ...this.#identity },
      ...{ ...member, groupInstanceId: null, topics: [{ name: topic, topicId, partitions }] },
    }
    const versionMax = this.announces ? { versionMax: firstProtocolVersions.txnOffsetCommit } : {}
    await this.#untilFree(async timeoutMs => {
      const target = { coordinator: 'group', key: groupId } as const
      const answer = await this.#cluster.send(target, txnOffsetCommit, body, { timeoutMs, ...versionMax })
      const wrong = answer.topics.flatMap(each => each.partitions).find(({ errorCode }) => errorCode !== kafkaCode.NONE)
      if (wrong !== undefined) throw this.#error(wrong.errorCode, `offsets of group ${groupId}`)
    })
    this.#hasBegun = true
  }

  async #addGroup(groupId: string): Promise<void> {
    const body = { transactionalId: this.transactionalId, groupId, ...this.#identity }
    await this.#untilFree(async timeoutMs => {
      const { errorCode } = await this.#cluster.send(this.#coordinator, addOffsetsToTxn, body, { timeoutMs })
      if (errorCode !== kafkaCode.NONE) throw this.#error(errorCode, `group ${groupId}`)
    })
    this.#hasBegun = true
  }

  /**
   * Ends the transaction; how often the request was sent, since each may have had markers written. `wasWritten`: with the second
   * protocol, whether a batch was sent to anybody.
   */
  async end(how: TransactionEnd, wasWritten: boolean, timeoutMs?: number): Promise<number> {
    const isOpen = this.#hasBegun || (!this.announces && wasWritten)
    this.#hasBegun = false
    if (!isOpen) return 0
    let tries = 0
    const body = { transactionalId: this.transactionalId, ...this.#identity, committed: how === 'commit' }
    const versionMax = this.announces ? { versionMax: firstProtocolVersions.endTxn } : {}
    await this.#untilFree(async leftMs => {
      tries++
      const answer = await this.#cluster.send(this.#coordinator, endTxn, body, { timeoutMs: leftMs, ...versionMax })
      if (answer.errorCode !== kafkaCode.NONE) throw this.#error(answer.errorCode, how)
      const { producerId, producerEpoch } = answer
      if (producerId >= 0 && producerEpoch >= 0) this.#identity = { producerId, producerEpoch }
    }, timeoutMs)
    return tries
  }

  /** After an abort that was forced: an epoch of its own for what comes (KIP-360). The second protocol has given it already. */
  async renew(): Promise<void> {
    if (!this.announces) return
    this.#identity = await askIdentity(this.#cluster, this.#settings, this.#identity)
  }

  get #coordinator() {
    return { coordinator: 'transaction', key: this.transactionalId } as const
  }

  /** While the end of the transaction before is being written, the next one has to wait a moment. */
  async #untilFree(attempt: (leftMs: number) => Promise<void>, timeoutMs?: number): Promise<void> {
    await this.#cluster.retry(attempt, {
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      pauseMsOf: error => (error.kafkaCode === kafkaCode.CONCURRENT_TRANSACTIONS ? concurrentPauseMs : undefined),
    })
  }

  #error(code: number, what: string): MillraceError {
    return transactionError(code, this.transactionalId, what)
  }
}

const fencedCodes: ReadonlySet<number> = new Set([kafkaCode.PRODUCER_FENCED, kafkaCode.TRANSACTION_COORDINATOR_FENCED])

function transactionError(code: number, transactionalId: string, what: string): MillraceError {
  const error = kafkaError(code, `transaction of '${transactionalId}', ${what}`)
  if (!fencedCodes.has(code)) return error
  return new MillraceError('PRODUCER_FENCED', error.message, { kafkaCode: code, cause: error })
}

async function askIdentity(
  cluster: Cluster,
  { transactionalId, timeoutMs: transactionTimeoutMs }: TransactionalSettings,
  current: Identity,
): Promise<Identity> {
  const body = { transactionalId, transactionTimeoutMs, ...current }
  const target = { coordinator: 'transaction', key: transactionalId } as const
  const { producerId, producerEpoch } = await cluster.sendWithRetry(target, initProducerId, body, {
    check: ({ errorCode }) => {
      if (errorCode !== kafkaCode.NONE) throw transactionError(errorCode, transactionalId, 'new epoch')
    },
  })
  return { producerId, producerEpoch }
}

/** What ends the transaction, but not its producer. */
export const isAbortable = (error: unknown): boolean =>
  isMillraceError(error) && error.kafkaCode !== undefined && abortableCodes.has(error.kafkaCode)
