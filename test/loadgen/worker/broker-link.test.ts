// Shows how a link to one broker gathers batches into requests, and that an answer that leaves one out is not taken for good.
import { describe, expect, it } from 'vitest'
import type { MillraceError } from '../../../core/errors.ts'
import { Batch } from '../../../loadgen/worker/batch.ts'
import { BrokerLink, type ProduceConnection } from '../../../loadgen/worker/broker-link.ts'
import { PartitionSender } from '../../../loadgen/worker/partition-sender.ts'
import { produceOf } from '../plans.ts'

const nothingDue = 0

function setUp({ requestBytesMax = 1_000, inFlightMax = 5, acks = -1 as 0 | -1 } = {}) {
  const requests: number[][] = []
  const answers: ((response: unknown) => void)[] = []
  const happened: string[] = []
  const connection = {
    isOpen: true,
    closed: new Promise(() => {}),
    send: (_api: unknown, body: { topicData: { partitionData: { index: number }[] }[] }) => {
      requests.push(body.topicData[0]!.partitionData.map(({ index }) => index))
      return new Promise(resolve => answers.push(resolve))
    },
    sendOneWay: () => {},
    drained: async () => {},
    close: async () => {},
  } as unknown as ProduceConnection
  const link = new BrokerLink(
    1,
    {
      plan: produceOf({ requestBytesMax, inFlightMax, acks }),
      topic: { name: 'orders', id: '' },
      ackTimeoutMs: 1_000,
      open: async () => connection,
      reconnectPauseMs: () => 0,
    },
    {
      answered: (batch, errorCode) => void happened.push(`${batch.partition}: ${errorCode}`),
      failed: (batch, error: MillraceError) => void happened.push(`${batch.partition}: ${error.code}`),
      connected: () => void happened.push('connected'),
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
      batch.sealed = Buffer.alloc(size)
      batch.order = sealed++
      sender.enqueue(batch)
    }
  }
  const open = async () => {
    link.send(nothingDue)
    await Promise.resolve()
    await Promise.resolve()
    happened.length = 0
  }
  return { link, requests, answers, happened, give, open }
}

const answerOf = (...partitions: number[]) => ({
  responses: [{ partitionResponses: partitions.map(index => ({ index, errorCode: 0 })) }],
})
const settled = async () => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve()
}

describe('requests', () => {
  it('carry one batch of each partition, as many as fit', async () => {
    const { link, requests, give, open } = setUp()
    for (const partition of [0, 1, 2]) give(partition)
    await open()
    give(0, 400, 400)
    give(1, 400)
    give(2, 400)
    expect(link.send(nothingDue)).toBe(2)
    expect(requests.map(request => request.length)).toEqual([2, 2])
    expect(requests.flat().sort()).toEqual([0, 0, 1, 2])
    expect(link.inFlight).toBe(2)
  })

  it('carry a batch that is larger than a request, by itself', async () => {
    const { link, requests, give, open } = setUp()
    give(0)
    give(1)
    await open()
    give(0, 5_000)
    give(1, 10)
    link.send(nothingDue)
    expect(requests.length).toBe(2)
  })

  it('are no more than may be in flight, until one is answered', async () => {
    const { link, requests, answers, give, open } = setUp({ inFlightMax: 2 })
    give(0)
    await open()
    give(0, 10, 10, 10)
    expect([link.send(nothingDue), link.hasRoom]).toEqual([2, false])
    answers[0]!(answerOf(0))
    await settled()
    expect([link.hasRoom, link.send(nothingDue), requests.length]).toEqual([true, 1, 3])
  })

  it('carry what has waited longest, of whatever partition', async () => {
    const { link, requests, give, open } = setUp({ requestBytesMax: 20 })
    for (const partition of [0, 1, 2, 3]) give(partition)
    await open()
    for (const partition of [3, 1, 0, 2, 2, 3]) give(partition, 10)
    link.send(nothingDue)
    expect(requests).toEqual([
      [3, 1],
      [0, 2],
      [2, 3],
    ])
  })

  it('pass over what does not fit any more, and carry it first in the next one', async () => {
    const { link, requests, give, open } = setUp({ requestBytesMax: 20 })
    for (const partition of [0, 1, 2]) give(partition)
    await open()
    give(0, 10)
    give(1, 15)
    give(2, 10)
    link.send(nothingDue)
    expect(requests).toEqual([[0, 2], [1]])
  })
})

describe('answers', () => {
  it('settle each batch, and then the request', async () => {
    const { link, answers, happened, give, open } = setUp()
    give(0)
    give(1)
    await open()
    give(0, 10)
    give(1, 10)
    link.send(nothingDue)
    answers[0]!(answerOf(1, 0))
    await settled()
    expect(happened.slice(0, 2).sort()).toEqual(['0: 0', '1: 0'])
    expect(happened[2]).toBe('done')
    expect(link.inFlight).toBe(0)
  })

  it('that leave a partition out are a failure of its batch', async () => {
    const { link, answers, happened, give, open } = setUp()
    give(0)
    give(1)
    await open()
    give(0, 10)
    give(1, 10)
    link.send(nothingDue)
    answers[0]!(answerOf(1))
    await settled()
    expect(happened.sort()).toEqual(['0: FRAME_CORRUPT', '1: 0', 'done'])
  })

  it('are not waited for with acks=0', async () => {
    const { link, happened, give, open } = setUp({ acks: 0 })
    give(0)
    await open()
    give(0, 10)
    link.send(nothingDue)
    await settled()
    expect(happened).toEqual(['0: 0', 'done'])
  })
})

describe('connecting', () => {
  it('begins with the first partition, not with the first batch', async () => {
    const { link, happened, give } = setUp()
    link.send(nothingDue)
    await settled()
    expect(happened).toEqual([])
    give(0)
    link.send(nothingDue)
    await settled()
    expect([happened, link.hasRoom]).toEqual([['connected'], true])
  })
})
