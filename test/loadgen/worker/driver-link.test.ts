// Shows how batches are handed to a client under test: gathered as for the wire client, no more at a time than the limit in
// flight, and each settled once: acknowledged, failed with the client's error, or failed by the delivery timeout.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MillraceError } from '../../../core/errors.ts'
import type { DriverBatch, DriverProducer } from '../../../loadgen/driver.ts'
import { Batch } from '../../../loadgen/worker/batch.ts'
import { DriverLink } from '../../../loadgen/worker/driver-link.ts'
import { PartitionSender } from '../../../loadgen/worker/partition-sender.ts'
import { produceOf } from '../plans.ts'

function setUp({
  inFlightMax = 2,
  requestBytesMax = 1_000,
  deliveryTimeoutMs = 30_000,
  send = undefined as DriverProducer['send'] | undefined,
} = {}) {
  const sends: { batches: readonly DriverBatch[]; resolve: () => void; reject: (error: unknown) => void }[] = []
  const happened: string[] = []
  const producer: DriverProducer = {
    send: send ?? (batches => new Promise<void>((resolve, reject) => void sends.push({ batches, resolve, reject }))),
    endTransaction: async () => {},
    close: async () => {},
  }
  const errorOf = (error: unknown) => new MillraceError('CLIENT_FAILED', String(error))
  const plan = produceOf({ inFlightMax, requestBytesMax, deliveryTimeoutMs })
  const link = new DriverLink(
    1,
    { plan, producer, errorOf },
    {
      answered: (batch, errorCode) => void happened.push(`${batch.partition}: ${errorCode}`),
      failed: (batch, { code, retriable }) => void happened.push(`${batch.partition}: ${code} ${retriable}`),
      connected: () => {},
      connectFailed: () => {},
      lost: () => {},
      requestDone: () => void happened.push('done'),
    },
  )
  let sealed = 0
  const give = (partition: number, ...sizes: number[]) => {
    let sender = link.senders.find(each => each.partition === partition)
    if (sender === undefined) {
      sender = new PartitionSender(partition, 1)
      link.senders.push(sender)
    }
    for (const size of sizes) {
      const batch = new Batch(0)
      batch.open(partition, 0)
      batch.count = 3
      batch.sealed = Buffer.alloc(size)
      batch.order = sealed++
      sender.enqueue(batch)
    }
  }
  const partitions = () => sends.map(({ batches }) => batches.map(({ partition }) => partition))
  return { link, give, sends, happened, partitions }
}

const settled = () => vi.advanceTimersByTimeAsync(0)

describe('a link to a client under test', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('gathers one batch of each partition, up to the request limit, and keeps the limit in flight', async () => {
    const { link, give, partitions, sends, happened } = setUp()
    for (const partition of [0, 1, 2, 0, 1, 2]) give(partition, 400)
    expect(link.send(0)).toBe(2)
    expect(partitions()).toEqual([
      [0, 1],
      [2, 0],
    ])
    expect(link).toMatchObject({ inFlight: 2, hasRoom: false, isHeldUp: true })
    expect(link.send(0)).toBe(0)
    sends[0]!.resolve()
    await settled()
    expect(happened).toEqual(['0: 0', '1: 0', 'done'])
    expect(link.hasRoom).toBe(true)
  })

  it('hands over what the batch holds', () => {
    const { link, give, sends } = setUp()
    give(4, 250)
    link.send(0)
    expect(sends[0]!.batches).toMatchObject([{ partition: 4, count: 3 }])
    expect(sends[0]!.batches[0]!.bytes).toHaveLength(250)
  })

  it('an error of the client fails every batch of the send, for good', async () => {
    const { link, give, sends, happened } = setUp()
    give(0, 100)
    give(1, 100)
    link.send(0)
    sends[0]!.reject('no')
    await settled()
    expect(happened).toEqual(['0: CLIENT_FAILED false', '1: CLIENT_FAILED false', 'done'])
    expect(link.inFlight).toBe(0)
  })

  it('a client that throws at once has failed as well', async () => {
    const { link, give, happened } = setUp({ send: () => Promise.reject(new Error('boom')) })
    give(7, 100)
    link.send(0)
    await settled()
    expect(happened).toEqual(['7: CLIENT_FAILED false', 'done'])
  })

  it('a send that is never settled has failed by the delivery timeout, and what comes later is not counted', async () => {
    const { link, give, sends, happened } = setUp({ deliveryTimeoutMs: 5_000 })
    give(3, 100)
    link.send(0)
    await vi.advanceTimersByTimeAsync(4_999)
    expect(happened).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(happened).toEqual(['3: SENDS_FAILED false', 'done'])
    sends[0]!.resolve()
    await settled()
    expect(happened).toHaveLength(2)
  })
})
