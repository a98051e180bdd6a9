// Shows that the books of a run are kept partition by partition, and say where they do not balance.
import { describe, expect, it } from 'vitest'
import { balance, mismatchText, writtenByPartition } from '../../loadgen/accounting.ts'
import type { Outcome } from '../../loadgen/worker/contract.ts'
import { produceResult } from './report/result-fixture.ts'

const topicOf = (partitions: number) => ({
  ...produceResult.environment.topic,
  id: '',
  partitions,
  leaders: new Array<number>(partitions).fill(1),
})
const outcome = (...acked: number[]): Outcome => ({
  books: acked.map(count => ({ made: count, acked: count, unacknowledged: [] })),
  ledgers: [],
  positions: {},
  reachedEnd: false,
})
const zeros = (count: number) => new Array<number>(count).fill(0)
const written = (acked: number[], markers = zeros(acked.length), uncertain = zeros(acked.length)) => ({
  ...{ acked, markers, uncertain },
})
const balanced = (start: number[], end: number[], acked: number[]) =>
  balance(topicOf(start.length), start, end, written(acked))

describe('what was acknowledged', () => {
  it('adds up over workers, partition by partition', () => {
    expect(writtenByPartition([outcome(1, 2, 3), outcome(10, 0, 30)], 3)).toEqual(written([11, 2, 33]))
  })

  it('is nothing from a worker that failed before it began', () => {
    expect(writtenByPartition([outcome(), outcome(4, 5)], 2)).toEqual(written([4, 5]))
    expect(writtenByPartition([], 2)).toEqual(written([0, 0]))
  })
})

describe('the balance', () => {
  it('counts what came since the start, not what was there', () => {
    expect(balanced([100, 50], [110, 55], [10, 5])).toMatchObject({ confirmed: true, acked: 15, brokerDelta: 15 })
  })

  const wrong = [
    {
      why: 'lost',
      end: [108, 55],
      text: 'acknowledged 15 records, the brokers hold 13 new ones: partition 0 holds 8 of 10',
    },
    {
      why: 'doubled',
      end: [110, 57],
      text: 'acknowledged 15 records, the brokers hold 17 new ones: partition 1 holds 7 of 5',
    },
    {
      why: 'in the wrong partition, the sum being right',
      end: [111, 54],
      text: 'acknowledged 15 records, the brokers hold 15 new ones: partition 0 holds 11 of 10, partition 1 holds 4 of 5',
    },
    {
      why: 'of a log that was cut off',
      end: [90, 55],
      text: 'acknowledged 15 records, the brokers hold -5 new ones: partition 0 holds -10 of 10',
    },
  ]
  it.each(wrong)('notices records that are $why, and says where', ({ end, text }) => {
    const delivery = balanced([100, 50], end, [10, 5])
    expect(delivery.confirmed).toBe(false)
    expect(mismatchText(delivery)).toBe(text)
  })

  it('lists five partitions and counts the others', () => {
    const zero = new Array<number>(8).fill(0)
    const text = mismatchText(balanced(zero, zero, new Array<number>(8).fill(1)))
    expect(text).toMatch(/partition 4 holds 0 of 1 and 3 more partitions$/)
    expect(text).not.toContain('partition 5')
  })
})

describe('transactions', () => {
  const transactions = { aborted: [[3, 5]] as const, forgotten: 0, stored: 9, markers: 2, uncertain: 1 }
  const outcomes = [{ ...outcome(7), books: [{ made: 10, acked: 7, unacknowledged: [], transactions }] }]

  it('leave aborted records and markers in the log', () => {
    expect(writtenByPartition(outcomes, 1)).toEqual(written([9], [2], [1]))
  })

  it.each([
    { end: 111, confirmed: true, why: 'records and markers' },
    { end: 112, confirmed: true, why: 'and what may be there or not' },
    { end: 110, confirmed: false, why: 'a record too few' },
    { end: 113, confirmed: false, why: 'one more than anybody knows of' },
  ])('balance: $why', ({ end, confirmed }) => {
    const delivery = balance(topicOf(1), [100], [end], writtenByPartition(outcomes, 1))
    expect(delivery).toMatchObject({ confirmed, acked: 9, partitions: [{ markers: 2, uncertain: 1 }] })
    if (!confirmed) expect(mismatchText(delivery)).toContain(`partition 0 holds ${end - 102} of 9`)
  })
})
