// Shows that a partition takes an idempotent producer's batches once and in order, whatever is retried, and knows a fenced
// producer. Method: the rules as a table (worked out from KIP-98 and KIP-360), then random traffic against a model that
// remembers everything.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeProducerStates, type ProducerBatch, producerBatchOf } from '../../broker/producer-state.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { buildBatch } from '../../wire/record-batch/build.ts'
import { BatchHeader } from '../../wire/record-batch/scan.ts'

const sequenceMax = 2 ** 31 - 1
const batch = (baseSequence: number, records: number, { epoch = 0, transactional = false } = {}): ProducerBatch => ({
  producerId: 7,
  producerEpoch: epoch,
  baseSequence,
  lastOffsetDelta: records - 1,
  isTransactional: transactional,
})

type Step = readonly [given: ProducerBatch, expected: 'append' | number | { duplicateOf: number }]

const { OUT_OF_ORDER_SEQUENCE_NUMBER: outOfOrder, INVALID_PRODUCER_EPOCH: fenced } = kafkaCode

const cases: readonly { why: string; steps: readonly Step[] }[] = [
  {
    why: 'in order',
    steps: [
      [batch(0, 10), 'append'],
      [batch(10, 1), 'append'],
      [batch(11, 5), 'append'],
    ],
  },
  { why: 'a producer that is not known may start anywhere (KIP-360)', steps: [[batch(500, 3), 'append']] },
  {
    why: 'a gap, and what comes before it again',
    steps: [
      [batch(0, 10), 'append'],
      [batch(11, 1), outOfOrder],
      [batch(10, 1), 'append'],
    ],
  },
  {
    why: 'the last five again get their offsets; the sixth is out of order',
    steps: [
      ...[0, 1, 2, 3, 4, 5].map((sequence): Step => [batch(sequence, 1), 'append']),
      ...[1, 2, 3, 4, 5].map((sequence): Step => [batch(sequence, 1), { duplicateOf: sequence }]),
      [batch(0, 1), outOfOrder],
    ],
  },
  {
    why: 'the same start with another length is no duplicate',
    steps: [
      [batch(0, 10), 'append'],
      [batch(0, 9), outOfOrder],
      [batch(0, 10), { duplicateOf: 0 }],
    ],
  },
  {
    why: 'sequences wrap from 2^31-1 to 0, also inside a batch',
    steps: [
      [batch(sequenceMax - 1, 2), 'append'],
      [batch(0, 3), 'append'],
      [batch(3, 1), 'append'],
      [batch(sequenceMax - 1, 2), { duplicateOf: 0 }],
    ],
  },
  {
    why: 'a batch over the wrap',
    steps: [
      [batch(sequenceMax - 1, 4), 'append'],
      [batch(2, 1), 'append'],
      [batch(sequenceMax - 1, 4), { duplicateOf: 0 }],
    ],
  },
  {
    why: 'a new epoch begins at zero and fences the old one',
    steps: [
      [batch(0, 5), 'append'],
      [batch(5, 1, { epoch: 1 }), outOfOrder],
      [batch(0, 1, { epoch: 1 }), 'append'],
      [batch(5, 1), fenced],
      [batch(0, 5), fenced],
      [batch(0, 1, { epoch: 1 }), { duplicateOf: 5 }],
    ],
  },
  {
    why: 'a sequence or an epoch below zero is no batch of an idempotent producer',
    steps: [
      [batch(-1, 1), kafkaCode.INVALID_RECORD],
      [batch(0, 1, { epoch: -1 }), kafkaCode.INVALID_RECORD],
    ],
  },
]

describe('producer state of a partition', () => {
  it.each(cases)('$why', ({ steps }) => {
    const states = makeProducerStates()
    let endOffset = 0
    for (const [given, expected] of steps) {
      const verdict = states.check(given, false)
      if (typeof expected === 'number') expect(verdict).toEqual({ kind: 'refuse', errorCode: expected })
      else if (expected === 'append') expect(verdict).toEqual({ kind: 'append' })
      else expect(verdict).toMatchObject({ kind: 'duplicate', baseOffset: expected.duplicateOf })
      if (verdict.kind !== 'append') continue
      states.append(given, endOffset, 1000)
      endOffset += given.lastOffsetDelta + 1
    }
  })

  it('takes only transactional batches while a transaction is open', () => {
    const states = makeProducerStates()
    states.append(batch(0, 1, { transactional: true }), 0, 1)
    expect(states.check(batch(1, 1), true)).toEqual({ kind: 'refuse', errorCode: kafkaCode.INVALID_TXN_STATE })
    expect(states.check(batch(1, 1, { transactional: true }), true)).toEqual({ kind: 'append' })
    expect(states.check(batch(1, 1), false)).toEqual({ kind: 'append' })
  })

  it('a marker of a newer epoch fences, one of an older epoch or coordinator is refused', () => {
    const states = makeProducerStates()
    const marker = { producerId: 7, producerEpoch: 1, coordinatorEpoch: 3 }
    states.append(batch(0, 1, { transactional: true }), 0, 1)
    expect(states.checkMarker(marker)).toBe(kafkaCode.NONE)
    states.appendMarker(marker, 2)
    expect(states.check(batch(1, 1, { transactional: true }), false)).toMatchObject({ errorCode: fenced })
    expect(states.check(batch(0, 1, { epoch: 1 }), false)).toEqual({ kind: 'append' })
    expect(states.checkMarker({ ...marker, producerEpoch: 0 })).toBe(fenced)
    expect(states.checkMarker({ ...marker, coordinatorEpoch: 2 })).toBe(kafkaCode.TRANSACTION_COORDINATOR_FENCED)
    expect(states.list()).toEqual([
      { producerId: 7, producerEpoch: 1, lastSequence: -1, lastSeenMs: 2, coordinatorEpoch: 3 },
    ])
  })

  it('forgets who was silent for longer than the time, and after that takes any sequence', () => {
    const states = makeProducerStates()
    states.append(batch(0, 1), 0, 1000)
    states.expire(2000, 1000)
    expect(states.check(batch(5, 1), false)).toMatchObject({ kind: 'refuse' })
    states.expire(2001, 1000)
    expect(states.check(batch(5, 1), false)).toEqual({ kind: 'append' })
  })

  it('keeps 10,000 producers and drops the one that has been idle longest', () => {
    const states = makeProducerStates()
    for (let producerId = 0; producerId <= 10_000; producerId++) {
      states.append({ ...batch(0, 1), producerId }, producerId, producerId === 0 ? 99_999 : producerId)
    }
    const known = new Set(states.list().map(({ producerId }) => producerId))
    expect([known.size, known.has(0), known.has(1), known.has(2)]).toEqual([10_000, true, false, true])
  })

  it('reads what it needs from the header of a batch', () => {
    const record = { key: null, value: null, timestampMs: 1 }
    const numbers = { producerId: 12, producerEpoch: 3, baseSequence: 44 }
    const header = new BatchHeader()
    header.read(buildBatch({ records: [record, record], ...numbers, baseOffset: 9, transactional: true }), 0)
    expect(producerBatchOf(header)).toEqual({ ...numbers, lastOffsetDelta: 1, isTransactional: true })
  })

  it('random retries, losses and restarts: everything is there once and in order', () => {
    const action = fc.record({
      kind: fc.constantFrom('next', 'retry', 'skip', 'restart'),
      records: fc.integer({ min: 1, max: 5 }),
      back: fc.integer({ min: 0, max: 8 }),
    })
    const start = fc.constantFrom(0, sequenceMax - 3)
    fc.assert(
      fc.property(start, fc.array(action, { maxLength: 40 }), (first, actions) => {
        const states = makeProducerStates()
        const taken: { batch: ProducerBatch; offset: number }[] = []
        let [epoch, sequence, endOffset] = [0, first, 0]
        const wrapped = (value: number) => value % (sequenceMax + 1)
        const send = (given: ProducerBatch) => {
          const verdict = states.check(given, false)
          if (verdict.kind !== 'append') return verdict
          states.append(given, endOffset, 1)
          taken.push({ batch: given, offset: endOffset })
          endOffset += given.lastOffsetDelta + 1
          return verdict
        }
        for (const { kind, records, back } of actions) {
          if (kind === 'next') {
            expect(send(batch(sequence, records, { epoch }))).toEqual({ kind: 'append' })
            sequence = wrapped(sequence + records)
          } else if (kind === 'retry') {
            const again = taken.at(-1 - back)
            if (again === undefined) continue
            const verdict = send(again.batch)
            if (again.batch.producerEpoch < epoch && taken.at(-1)!.batch.producerEpoch === epoch) {
              expect(verdict).toMatchObject({ errorCode: fenced })
            } else if (back < 5 && again.batch.producerEpoch === taken.at(-1)!.batch.producerEpoch) {
              expect(verdict).toMatchObject({ kind: 'duplicate', baseOffset: again.offset })
            } else expect(verdict.kind).not.toBe('append')
          } else if (kind === 'skip' && taken.some(each => each.batch.producerEpoch === epoch)) {
            expect(send(batch(wrapped(sequence + 1), records, { epoch })).kind).not.toBe('append')
          } else if (kind === 'restart') {
            epoch++
            sequence = taken.length === 0 ? sequence : 0
          }
        }
        expect(new Set(taken.map(each => `${each.batch.producerEpoch} ${each.batch.baseSequence}`)).size).toBe(
          taken.length,
        )
      }),
      { numRuns: 500 },
    )
  })
})
