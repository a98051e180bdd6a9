// Shows what a producer's pauses count as: waiting for brokers or memory, and nothing while it did not get to run.
import { expect, it } from 'vitest'
import { ProducerWaits } from '../../../loadgen/worker/producer-waits.ts'

const ms = 1e6

it('a pause counts for what it was left with', () => {
  const waits = new ProducerWaits()
  waits.pause(0, false, true)
  waits.resume(1 * ms)
  waits.pause(2 * ms, true, true)
  waits.resume(4 * ms)
  waits.pause(5 * ms, false, false)
  waits.resume(50 * ms)
  expect([waits.bufferFullNs, waits.brokerWaitNs]).toEqual([2 * ms, 3 * ms])
})

it('a turn that follows another without a pause adds nothing', () => {
  const waits = new ProducerWaits()
  waits.pause(0, true, true)
  waits.resume(1 * ms)
  waits.resume(3 * ms)
  expect(waits.brokerWaitNs).toBe(1 * ms)
})

it('the brokers are not blamed for a thread that came back late', () => {
  const waits = new ProducerWaits()
  waits.pause(0, false, true)
  waits.resume(900 * ms)
  expect(waits.brokerWaitNs).toBe(5 * ms)
})
