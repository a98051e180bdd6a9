// Shows that a rate in bytes becomes the rate in records that it means: keys and values, no more.
import { describe, expect, it } from 'vitest'
import type { ProducePlan } from '../../loadgen/plan.ts'
import { meanRecordBytes, offeredRecordsPerSec } from '../../loadgen/rate.ts'
import { produceOf } from './plans.ts'

const means: { why: string; plan: Partial<ProducePlan>; bytes: number }[] = [
  { why: 'a fixed value', plan: {}, bytes: 100 },
  { why: 'with its key', plan: { keys: { kind: 'sequential' } }, bytes: 120 },
  { why: 'without headers', plan: { headers: [{ name: 'a', value: 'b' }] }, bytes: 100 },
  { why: 'the middle of a range', plan: { size: { kind: 'uniform', bytesMin: 100, bytesMax: 300 } }, bytes: 200 },
  {
    why: 'a template that always renders the same',
    plan: { payload: { kind: 'json', template: '{"a":"ü"}' } },
    bytes: 10,
  },
  { why: 'a template of varying length', plan: { payload: { kind: 'json', template: '{{choice:a,bbb}}' } }, bytes: 2 },
]

describe('the mean size of a record', () => {
  it.each(means)('$why', ({ plan, bytes }) => {
    expect(meanRecordBytes(produceOf(plan)) / bytes).toBeCloseTo(1, 1)
  })
})

describe('the rate', () => {
  it('is none, records, or bytes over their mean size', () => {
    expect(offeredRecordsPerSec(produceOf())).toBeUndefined()
    expect(offeredRecordsPerSec(produceOf({ rate: { kind: 'records', perSec: 5 } }))).toBe(5)
    expect(offeredRecordsPerSec(produceOf({ rate: { kind: 'bytes', perSec: 1_000 } }))).toBe(10)
  })
})
