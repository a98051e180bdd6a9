// Shows that two streams of one worker read every record once between them, end together, and fall together.
// Method: the loops as they are, brokers in memory (fake-log.ts), fake timers.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ConsumeStreams } from '../../../loadgen/worker/consume-streams.ts'
import { allocateSlots, SlotReader, WorkerSlots, zeroCounts } from '../../../loadgen/worker/slots.ts'
import { kafkaCode } from '../../../wire/error-codes.ts'
import { consumeOf } from '../plans.ts'
import { FakeLog } from './fake-log.ts'

const clock = { nowNs: () => Date.now() * 1e6, wallUsAt: (ns: number) => Math.floor(ns / 1000) }

beforeEach(() => void vi.useFakeTimers({ now: 0, toFake: ['setTimeout', 'clearTimeout', 'Date'] }))
afterEach(() => void vi.useRealTimers())

function setUp(log: FakeLog) {
  const memory = allocateSlots()
  const assignments = log.partitions.map((_, partition) => ({
    partition,
    startOffset: 0,
    endOffset: log.endOffset(partition),
  }))
  const streams = new ConsumeStreams(
    {
      plan: consumeOf({}),
      topic: { name: 'orders', id: '' },
      leaders: log.leaders,
      assignments,
      reading: { measureBy: 'nothing', startsAtZero: () => false },
      retryBackoffMs: 100,
    },
    {
      clock,
      slots: new WorkerSlots(memory),
      connect: brokerId => log.connect(brokerId),
      refreshLeaders: async () => log.leaders,
      earliestOffset: async () => 0,
      pause: ms => new Promise(resolve => setTimeout(resolve, ms)),
      onRetry: () => {},
      onNotice: () => {},
    },
  )
  const records = () => {
    const counts = zeroCounts()
    new SlotReader(memory).addGrowthTo(counts)
    return counts.records
  }
  return { streams, records }
}

async function settled(run: Promise<void>): Promise<string> {
  let end = 'running'
  run.then(
    () => (end = 'ended'),
    error => (end = error.code),
  )
  for (let step = 0; step < 1_000 && end === 'running'; step++) await vi.advanceTimersByTimeAsync(5)
  return end
}

function logOf(...records: readonly number[]): FakeLog {
  const log = new FakeLog(records.map(() => 1))
  for (const [partition, count] of records.entries()) log.append(partition, count)
  return log
}

it('reads every partition to its end, over a connection for each stream', async () => {
  const log = logOf(10, 20, 30)
  const { streams, records } = setUp(log)
  const opened = streams.open()
  await vi.advanceTimersByTimeAsync(10)
  await opened
  expect(log.connections.length).toBe(2)
  expect(await settled(streams.run())).toBe('ended')
  expect(records()).toBe(60)
  expect(streams.positions).toEqual({ 0: 10, 1: 20, 2: 30 })
  expect(streams.reachedEnd).toBe(true)
})

it('is one stream for one partition, and none for none', async () => {
  const log = logOf(7)
  const one = setUp(log)
  expect(await settled(one.streams.run())).toBe('ended')
  expect(log.connections.length).toBe(1)
  expect(one.records()).toBe(7)
  expect(await settled(setUp(logOf()).streams.run())).toBe('ended')
})

it('a stream that fails for good stops the other, and its error is told', async () => {
  const log = logOf(10, 20)
  log.refuse = ({ partition }) => (partition === 1 ? kafkaCode.TOPIC_AUTHORIZATION_FAILED : 0)
  const { streams } = setUp(log)
  // The healthy stream would wait for more for ever.
  streams.readUntil([1_000, 1_000])
  expect(await settled(streams.run())).toBe('AUTHORIZATION_FAILED')
})

it('stops both when told', async () => {
  const { streams, records } = setUp(logOf(10, 20))
  streams.readUntil([1_000, 1_000])
  const run = streams.run()
  await vi.advanceTimersByTimeAsync(200)
  streams.stop()
  expect(await settled(run)).toBe('ended')
  expect(records()).toBe(30)
  expect(streams.reachedEnd).toBe(false)
})
