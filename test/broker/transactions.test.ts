// Shows what the transaction coordinator answers, and that no order of calls, timeouts and fencing lets two producers own
// one transactional id, ends a transaction twice, or loses a partition of it.
// Method: Kafka's answers as a table; then every sequence of five steps by two producers, and long random ones, with a
// model that only counts. The clock is a number.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Ending,
  type InitResult,
  type ProducerIdentity,
  type TopicPartition,
  TransactionCoordinator,
  transactionDefaults,
} from '../../broker/transactions.ts'
import { kafkaCode } from '../../wire/error-codes.ts'

const id = 'payments'
const timeoutMs = 60_000
const anyProducer: ProducerIdentity = { producerId: -1, producerEpoch: -1 }
const t0: TopicPartition = { topic: 't', partition: 0 }

function coordinator() {
  let next = 100
  return new TransactionCoordinator({ ...transactionDefaults, nextProducerId: () => next++ })
}

const init = (transactions: TransactionCoordinator, expected = anyProducer, nowMs = 0): InitResult =>
  transactions.initProducerId({ transactionalId: id, timeoutMs, ...expected }, nowMs)

describe('InitProducerId', () => {
  it('gives an id with epoch 0, then the next epoch, which fences the one before', () => {
    const transactions = coordinator()
    const first = init(transactions)
    const second = init(transactions)
    expect([first, second]).toEqual([
      { errorCode: 0, producerId: 100, producerEpoch: 0 },
      { errorCode: 0, producerId: 100, producerEpoch: 1 },
    ])
    expect(transactions.addPartitions(id, first, [t0], 0)).toBe(kafkaCode.PRODUCER_FENCED)
    expect(transactions.endTransaction(id, first, { commit: true }, 0).errorCode).toBe(kafkaCode.PRODUCER_FENCED)
    expect(transactions.addPartitions(id, second, [t0], 0)).toBe(kafkaCode.NONE)
  })

  it('aborts an open transaction under a new epoch, and says to come again', () => {
    const transactions = coordinator()
    const first = init(transactions)
    transactions.addPartitions(id, first, [t0], 5)
    transactions.addGroup(id, first, 'g', 6)
    const { ending, ...answer } = init(transactions)
    expect(answer).toEqual({ errorCode: kafkaCode.CONCURRENT_TRANSACTIONS, producerId: -1, producerEpoch: -1 })
    expect(ending).toEqual({
      transactionalId: id,
      producerId: 100,
      producerEpoch: 1,
      kind: 'abort',
      partitions: [t0],
      groups: ['g'],
    })
    expect(init(transactions).errorCode).toBe(kafkaCode.CONCURRENT_TRANSACTIONS)
    transactions.ended(ending!, 7)
    expect(init(transactions)).toEqual({ errorCode: 0, producerId: 100, producerEpoch: 2 })
  })

  it('with an expected epoch bumps once, repeats its answer, and refuses who was overtaken (KIP-360)', () => {
    const transactions = coordinator()
    const first = init(transactions)
    const bumped = init(transactions, first)
    expect(bumped).toEqual({ errorCode: 0, producerId: 100, producerEpoch: 1 })
    expect(init(transactions, first)).toEqual(bumped)
    const other = init(transactions)
    expect(other.producerEpoch).toBe(2)
    expect(init(transactions, bumped).errorCode).toBe(kafkaCode.PRODUCER_FENCED)
    expect(init(transactions, { producerId: 999, producerEpoch: 2 }).errorCode).toBe(kafkaCode.PRODUCER_FENCED)
  })

  it('gives a new producer id when the epochs run out, and knows a repeated request over that too', () => {
    const transactions = coordinator()
    let producer = init(transactions)
    while (producer.producerEpoch < 0x7ffe) producer = init(transactions)
    const rotated = init(transactions, producer)
    expect(rotated).toEqual({ errorCode: 0, producerId: 101, producerEpoch: 0 })
    expect(init(transactions, producer)).toEqual(rotated)
    expect(transactions.addPartitions(id, producer, [t0], 0)).toBe(kafkaCode.INVALID_PRODUCER_ID_MAPPING)
  })

  const refusals = [
    { why: 'an empty id', input: { transactionalId: '' }, errorCode: kafkaCode.INVALID_REQUEST },
    { why: 'half an identity', input: { producerId: 3 }, errorCode: kafkaCode.INVALID_REQUEST },
    { why: 'no time', input: { timeoutMs: 0 }, errorCode: kafkaCode.INVALID_TRANSACTION_TIMEOUT },
    { why: 'more than 15 minutes', input: { timeoutMs: 900_001 }, errorCode: kafkaCode.INVALID_TRANSACTION_TIMEOUT },
  ]
  it.each(refusals)('refuses $why', ({ input, errorCode }) => {
    const result = coordinator().initProducerId({ transactionalId: id, timeoutMs, ...anyProducer, ...input }, 0)
    expect(result).toEqual({ errorCode, producerId: -1, producerEpoch: -1 })
  })
})

describe('the end of a transaction', () => {
  function ended(commit: boolean) {
    const transactions = coordinator()
    const producer = init(transactions)
    transactions.addPartitions(id, producer, [t0], 0)
    const { ending } = transactions.endTransaction(id, producer, { commit }, 1)
    return { transactions, producer, ending: ending! }
  }

  it.each([true, false])('commit %s: while markers are written nothing else goes, the other end never', commit => {
    const { transactions, producer, ending } = ended(commit)
    expect(ending).toMatchObject({ kind: commit ? 'commit' : 'abort', partitions: [t0] })
    expect(transactions.addPartitions(id, producer, [t0], 2)).toBe(kafkaCode.CONCURRENT_TRANSACTIONS)
    expect(transactions.endTransaction(id, producer, { commit }, 2).errorCode).toBe(kafkaCode.CONCURRENT_TRANSACTIONS)
    expect(transactions.endTransaction(id, producer, { commit: !commit }, 2).errorCode).toBe(
      kafkaCode.INVALID_TXN_STATE,
    )
    transactions.ended(ending, 3)
    expect(transactions.endTransaction(id, producer, { commit }, 4)).toEqual(producer)
    expect(transactions.endTransaction(id, producer, { commit: !commit }, 4).errorCode).toBe(
      kafkaCode.INVALID_TXN_STATE,
    )
    expect(transactions.addPartitions(id, producer, [t0], 5)).toBe(kafkaCode.NONE)
  })

  it('without a transaction is a wrong state; of an unknown id or producer it is no mapping', () => {
    const transactions = coordinator()
    const producer = init(transactions)
    expect(transactions.endTransaction(id, producer, { commit: true }, 0).errorCode).toBe(kafkaCode.INVALID_TXN_STATE)
    const mapping = kafkaCode.INVALID_PRODUCER_ID_MAPPING
    expect(transactions.endTransaction('other', producer, { commit: true }, 0).errorCode).toBe(mapping)
    expect(transactions.endTransaction(id, { ...producer, producerId: 9 }, { commit: true }, 0).errorCode).toBe(mapping)
  })

  it('comes by itself after the timeout, and the producer is fenced', () => {
    const transactions = coordinator()
    const producer = init(transactions)
    expect(transactions.nextDeadlineMs).toBeUndefined()
    transactions.addPartitions(id, producer, [t0], 1000)
    transactions.addPartitions(id, producer, [{ topic: 't', partition: 1 }], 50_000)
    expect(transactions.nextDeadlineMs).toBe(1000 + timeoutMs)
    expect(transactions.expire(1000 + timeoutMs - 1)).toEqual([])
    const endings = transactions.expire(1000 + timeoutMs)
    expect(endings).toMatchObject([{ kind: 'abort', producerEpoch: 1, partitions: [t0, { topic: 't', partition: 1 }] }])
    expect(transactions.expire(1000 + timeoutMs)).toEqual([])
    transactions.ended(endings[0]!, 1000 + timeoutMs)
    expect(transactions.addPartitions(id, producer, [t0], 70_000)).toBe(kafkaCode.PRODUCER_FENCED)
    const nobody = { ...producer, producerEpoch: -1 }
    const again = transactions.endTransaction(id, nobody, { commit: false, bumpsEpoch: true }, 70_000)
    expect(again.errorCode).toBe(kafkaCode.PRODUCER_FENCED)
  })

  it('after a timeout nobody gets in with an epoch from before, not by asking again either', () => {
    const transactions = coordinator()
    const first = init(transactions)
    const bumped = init(transactions, first)
    transactions.addPartitions(id, bumped, [t0], 0)
    const [ending] = transactions.expire(timeoutMs)
    transactions.ended(ending!, timeoutMs)
    for (const stale of [first, bumped]) {
      expect(init(transactions, stale).errorCode).toBe(kafkaCode.PRODUCER_FENCED)
      const end = transactions.endTransaction(id, stale, { commit: false, bumpsEpoch: true }, timeoutMs)
      expect(end.errorCode).toBe(kafkaCode.PRODUCER_FENCED)
    }
  })

  it('an id that nobody has used for a week is forgotten, an open one is not', () => {
    const { transactions, ending } = ended(true)
    transactions.expire(8 * 86_400_000)
    expect(transactions.get(id)?.state).toBe('PrepareCommit')
    transactions.ended(ending, 0)
    transactions.expire(7 * 86_400_000 - 1)
    expect(transactions.get(id)?.state).toBe('CompleteCommit')
    transactions.expire(7 * 86_400_000)
    expect(transactions.get(id)).toBeUndefined()
  })
})

describe('with an epoch a transaction (KIP-890)', () => {
  const v2 = (commit: boolean) => ({ commit, bumpsEpoch: true })

  it('the end gives the next epoch, and gives it again to who asks again', () => {
    const transactions = coordinator()
    const producer = init(transactions)
    transactions.addPartitions(id, producer, [t0], 0)
    const { ending, ...next } = transactions.endTransaction(id, producer, v2(true), 1)
    expect([next, ending?.producerEpoch]).toEqual([{ errorCode: 0, producerId: 100, producerEpoch: 1 }, 1])
    const again = (commit: boolean) => transactions.endTransaction(id, producer, v2(commit), 2)
    expect(again(true).errorCode).toBe(kafkaCode.CONCURRENT_TRANSACTIONS)
    transactions.ended(ending!, 3)
    expect(again(true)).toEqual(next)
    expect(again(false).errorCode).toBe(kafkaCode.INVALID_TXN_STATE)
    expect(transactions.addPartitions(id, producer, [t0], 4)).toBe(kafkaCode.PRODUCER_FENCED)
    expect(transactions.addPartitions(id, next, [t0], 4)).toBe(kafkaCode.NONE)
    expect(again(true).errorCode).toBe(kafkaCode.PRODUCER_FENCED)
  })

  it('an empty transaction may be aborted, not committed', () => {
    const transactions = coordinator()
    const producer = init(transactions)
    expect(transactions.endTransaction(id, producer, v2(true), 1).errorCode).toBe(kafkaCode.INVALID_TXN_STATE)
    const { ending, ...next } = transactions.endTransaction(id, producer, v2(false), 1)
    expect([next.producerEpoch, ending?.partitions]).toEqual([1, []])
    transactions.ended(ending!, 2)
    expect(transactions.endTransaction(id, next, v2(true), 3).errorCode).toBe(kafkaCode.INVALID_TXN_STATE)
  })

  it('the last epoch is for the markers, and the next transaction has a new producer id', () => {
    const transactions = coordinator()
    let producer: ProducerIdentity = init(transactions)
    while (producer.producerEpoch < 0x7ffe) {
      const { ending, ...next } = transactions.endTransaction(id, producer, v2(false), 1)
      transactions.ended(ending!, 1)
      producer = next
    }
    transactions.addPartitions(id, producer, [t0], 2)
    const { ending, ...next } = transactions.endTransaction(id, producer, v2(true), 2)
    expect(ending).toMatchObject({ producerId: 100, producerEpoch: 0x7fff })
    expect(next).toEqual({ errorCode: 0, producerId: 101, producerEpoch: 0 })
    transactions.ended(ending!, 3)
    expect(transactions.endTransaction(id, producer, v2(true), 4)).toEqual(next)
  })
})

describe('what brokers ask (KIP-890)', () => {
  it('is whether this transaction has announced the partition or the group', () => {
    const transactions = coordinator()
    const producer = init(transactions)
    expect(transactions.verifyPartition(id, producer, t0)).toBe(kafkaCode.INVALID_TXN_STATE)
    transactions.addPartitions(id, producer, [t0], 0)
    expect(transactions.verifyPartition(id, producer, t0)).toBe(kafkaCode.NONE)
    expect(transactions.verifyPartition(id, producer, { ...t0, partition: 1 })).toBe(kafkaCode.INVALID_TXN_STATE)
    expect(transactions.verifyGroup(id, producer, 'g')).toBe(kafkaCode.INVALID_TXN_STATE)
    transactions.addGroup(id, producer, 'g', 0)
    expect(transactions.verifyGroup(id, producer, 'g')).toBe(kafkaCode.NONE)
    const stale = { ...producer, producerEpoch: producer.producerEpoch - 1 }
    expect(transactions.verifyPartition(id, stale, t0)).toBe(kafkaCode.PRODUCER_FENCED)
    transactions.endTransaction(id, producer, { commit: true }, 0)
    expect(transactions.verifyPartition(id, producer, t0)).toBe(kafkaCode.CONCURRENT_TRANSACTIONS)
  })
})

// ---- all interleavings ----

/** expect() is too slow for a million checks. */
function holds(actual: unknown, expected: unknown, path: readonly Command[]): void {
  if (actual === expected) return
  const way = path.map(({ who, step }) => `${who} ${step}`).join(', ')
  throw new Error(`${actual} where ${expected} was expected, after: ${way}`)
}

const steps = ['init', 'initAgain', 'add', 'commit', 'abort', 'commitAndBump', 'abortAndBump'] as const
type Command =
  | { readonly who: 'a' | 'b'; readonly step: (typeof steps)[number] }
  | { readonly who: 'world'; readonly step: 'markers' | 'timeout' }

const commands: readonly Command[] = [
  ...(['a', 'b'] as const).flatMap(who => steps.map(step => ({ who, step }))),
  { who: 'world', step: 'markers' },
  { who: 'world', step: 'timeout' },
]

/** Two producers with one id, each with what it was last told; and a count of what was promised. */
class Model {
  readonly transactions = coordinator()
  readonly identities: Record<'a' | 'b', ProducerIdentity | undefined> = { a: undefined, b: undefined }
  owner: ProducerIdentity | undefined
  nowMs = 0
  pending: Ending | undefined
  /** Partitions of the open transaction. */
  open: number[] | undefined
  nextPartition = 0

  readonly path: Command[] = []

  step(command: Command): void {
    this.path.push(command)
    if (command.who === 'world') return command.step === 'markers' ? this.#markers() : this.#timeout()
    const { who, step } = command
    if (step === 'init') return this.#init(who, undefined)
    const identity = this.identities[who]
    if (identity === undefined) return
    if (step === 'initAgain') return this.#init(who, identity)
    if (step === 'add') return this.#add(identity)
    this.#end(who, identity, step.startsWith('commit'), step.endsWith('Bump'))
  }

  #init(who: 'a' | 'b', expected: ProducerIdentity | undefined): void {
    const { ending, ...answer } = init(this.transactions, expected, this.nowMs)
    if (ending !== undefined) this.#began(ending, 'abort')
    if (answer.errorCode !== kafkaCode.NONE) return
    this.#holds(this.open ?? this.pending, undefined)
    const { producerId, producerEpoch } = answer
    const isOwners = this.owner?.producerId === producerId && this.owner.producerEpoch === producerEpoch
    // The same identity twice only to who asks again, and then with the identity from before.
    if (isOwners) this.#holds(expected !== undefined, true)
    else this.#holds(producerId === 100 && producerEpoch > (this.owner?.producerEpoch ?? -1), true)
    this.owner = { producerId, producerEpoch }
    this.identities[who] = this.owner
  }

  #holds(actual: unknown, expected: unknown): void {
    holds(actual, expected, this.path)
  }

  #isOwner({ producerId, producerEpoch }: ProducerIdentity): boolean {
    const current = this.transactions.get(id)!
    return current.producerId === producerId && current.producerEpoch === producerEpoch
  }

  #add(identity: ProducerIdentity): void {
    const partition = this.nextPartition++
    const isOwner = this.#isOwner(identity)
    const errorCode = this.transactions.addPartitions(id, identity, [{ topic: 't', partition }], this.nowMs)
    if (!isOwner) return this.#holds(errorCode, kafkaCode.PRODUCER_FENCED)
    if (this.pending !== undefined) return this.#holds(errorCode, kafkaCode.CONCURRENT_TRANSACTIONS)
    this.#holds(errorCode, kafkaCode.NONE)
    this.open = [...(this.open ?? []), partition]
  }

  #end(who: 'a' | 'b', identity: ProducerIdentity, commit: boolean, bumpsEpoch: boolean): void {
    const isOwner = this.#isOwner(identity)
    const isEmptyAbort = bumpsEpoch && !commit && this.pending === undefined
    const hadEnding = isOwner && (this.open !== undefined || isEmptyAbort)
    const { errorCode, ending, ...next } = this.transactions.endTransaction(
      id,
      identity,
      { commit, bumpsEpoch },
      this.nowMs,
    )
    // Who is no owner is told so, unless it asks again for what has moved it on.
    if (!isOwner && !bumpsEpoch) this.#holds(errorCode, kafkaCode.PRODUCER_FENCED)
    // An ending is made exactly when there is something to end.
    this.#holds(ending !== undefined, hadEnding)
    if (ending !== undefined) this.#began(ending, commit ? 'commit' : 'abort')
    if (errorCode !== kafkaCode.NONE || !bumpsEpoch) return
    this.#holds(
      next.producerEpoch,
      ending === undefined ? this.owner?.producerEpoch : (this.owner?.producerEpoch ?? 0) + 1,
    )
    this.owner = next
    this.identities[who] = next
  }

  #began(ending: Ending, kind: Ending['kind']): void {
    this.#holds(this.pending, undefined)
    this.#holds(ending.kind, kind)
    this.#holds(ending.partitions.map(({ partition }) => partition).join(), this.open?.join() ?? '')
    this.pending = ending
    this.open = undefined
  }

  #markers(): void {
    if (this.pending === undefined) return
    this.transactions.ended(this.pending, this.nowMs)
    this.pending = undefined
  }

  #timeout(): void {
    this.nowMs += timeoutMs
    const endings = this.transactions.expire(this.nowMs)
    this.#holds(endings.length, this.open === undefined ? 0 : 1)
    for (const ending of endings) this.#began(ending, 'abort')
  }
}

describe('any order of two producers, markers and timeouts', () => {
  // Before somebody has an identity nothing happens, and the two producers are alike: all begin with the same step.
  it('every sequence of five steps', () => {
    let walked = 0
    const walk = (path: readonly Command[]) => {
      if (path.length < 5) {
        for (const command of commands) walk([...path, command])
        return
      }
      const model = new Model()
      for (const command of path) model.step(command)
      walked++
    }
    walk([{ who: 'a', step: 'init' }])
    expect(walked).toBe(16 ** 4)
  }, 30_000)

  it('long random ones', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...commands), { minLength: 20, maxLength: 120 }), path => {
        const model = new Model()
        for (const command of path) model.step(command)
      }),
      { numRuns: 3_000 },
    )
  })
})
