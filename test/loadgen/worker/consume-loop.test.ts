// Shows that a consumer counts every record of its range once, whatever leaders, connections and retention do meanwhile; that
// it reads to the end and no further; that errors surface; and that it always comes to its end when it is told to.
// Method: the loop and its readers as they are, brokers in memory (fake-log.ts), fake timers.
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MillraceError } from '../../../core/errors.ts'
import { makeHistogram } from '../../../core/histogram.ts'
import type { ConsumePlan } from '../../../loadgen/plan.ts'
import { ConsumeLoop } from '../../../loadgen/worker/consume-loop.ts'
import type { Assignment } from '../../../loadgen/worker/contract.ts'
import { allocateReadPositions, ReadPositions } from '../../../loadgen/worker/read-positions.ts'
import { allocateSlots, SlotReader, WorkerSlots, zeroCounts } from '../../../loadgen/worker/slots.ts'
import { codecNames } from '../../../wire/compression.ts'
import { kafkaCode } from '../../../wire/error-codes.ts'
import { at } from '../../../wire/record-batch/constants.ts'
import { consumeOf } from '../plans.ts'
import { FakeLog } from './fake-log.ts'

const epochMs = 1_767_323_045_678
const clock = {
  nowNs: () => (Date.now() - epochMs) * 1e6,
  wallUsAt: (ns: number) => epochMs * 1000 + Math.floor(ns / 1000),
}

beforeEach(() => {
  vi.useFakeTimers({ now: epochMs, toFake: ['setTimeout', 'clearTimeout', 'Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

interface Setup {
  readonly log: FakeLog
  readonly plan?: Partial<ConsumePlan>
  /** All partitions from 0 to their end when left out. */
  readonly assignments?: readonly Assignment[]
  readonly leaders?: readonly number[]
  readonly isOpenEnded?: boolean
}

function setUp({ log, plan, assignments, leaders = log.leaders, isOpenEnded = false }: Setup) {
  const memory = allocateSlots()
  const reader = new SlotReader(memory)
  const retries: string[] = []
  const notices: string[] = []
  const fetching: number[] = []
  const whole = log.partitions.map((_, partition) => ({
    partition,
    startOffset: 0,
    endOffset: log.endOffset(partition),
  }))
  const faults: { leaders?: MillraceError } = {}
  const readPositions = new ReadPositions(allocateReadPositions(log.partitions.length))
  const loop = new ConsumeLoop(
    {
      plan: consumeOf(plan),
      topic: { name: 'orders', id: '' },
      leaders,
      assignments: assignments ?? whole,
      reading: { measureBy: 'nothing', startsAtZero: () => false },
      retryBackoffMs: 100,
      isOpenEnded,
    },
    {
      clock,
      slots: new WorkerSlots(memory),
      readPositions,
      connect: brokerId => log.connect(brokerId),
      refreshLeaders: async () => {
        if (faults.leaders !== undefined) throw faults.leaders
        return log.leaders
      },
      earliestOffset: async partition => log.partitions[partition]!.startOffset,
      pause: ms => new Promise(resolve => setTimeout(resolve, ms)),
      onRetry: code => void retries.push(code),
      onNotice: text => void notices.push(text),
      onFetching: partition => void fetching.push(partition),
    },
  )
  const counts = zeroCounts()
  const told = () => {
    reader.addGrowthTo(counts)
    return counts
  }
  return { loop, told, retries, notices, faults, readPositions, fetching, slots: reader }
}

type Outcome = 'running' | 'ended' | MillraceError

async function runOf(loop: ConsumeLoop, limitMs = 60_000): Promise<{ outcome: Outcome; atMs: number }> {
  let ended: { outcome: Outcome; atMs: number } | undefined
  const startMs = Date.now()
  const end = (outcome: Outcome) => {
    ended ??= { outcome, atMs: Date.now() - startMs }
  }
  loop.run().then(
    () => end('ended'),
    (error: MillraceError) => end(error),
  )
  while (ended === undefined && Date.now() - startMs < limitMs) await vi.advanceTimersByTimeAsync(5)
  return ended ?? { outcome: 'running', atMs: limitMs }
}

/** Partitions with batches of these record counts. */
function logOf(leaders: readonly number[], ...batches: readonly (readonly number[])[]): FakeLog {
  const log = new FakeLog(leaders)
  for (const [partition, counts] of batches.entries()) for (const count of counts) log.append(partition, count)
  return log
}

const decodes = ['headers', 'records'] as const

describe.each(decodes)('reading (%s)', decode => {
  it('counts every record once and ends at the end', async () => {
    const log = logOf([1, 2, 1], [10, 1, 30], [5], [])
    const { loop, told } = setUp({ log, plan: { decode } })
    expect((await runOf(loop)).outcome).toBe('ended')
    expect(told()).toMatchObject({ records: 46, batches: 4, retries: 0 })
    expect(loop.positions).toEqual({ 0: 41, 1: 5, 2: 0 })
    expect(loop.reachedEnd).toBe(true)
    const wireBytes = log.partitions.flatMap(({ batches }) => batches).reduce((sum, batch) => sum + batch.length, 0)
    expect(told().wireBytes).toBe(wireBytes)
  })

  it('tells how far behind the log it is, and times the reading of each answer', async () => {
    const log = logOf(
      [1],
      Array.from({ length: 4 }, () => 25),
    )
    log.partitionBytesMax = 1
    const { loop, slots } = setUp({
      log,
      plan: { decode },
      assignments: [{ partition: 0, startOffset: 0, endOffset: 75 }],
    })
    expect(slots.gauge('lag')).toBe(0)
    await runOf(loop)
    // The run wants no more than 75, and the log holds 100.
    expect(slots.gauge('lag')).toBe(25)
    const processing = makeHistogram()
    slots.measured.service.drainInto(processing)
    expect(processing.totalCount).toBe(3)
  })

  it('gives back the memory of every answer', async () => {
    const log = logOf([1], [50, 50, 50, 50])
    const { loop } = setUp({ log, plan: { decode } })
    await runOf(loop)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(log.released).toBe(log.fetches)
  })

  const ranges = [
    { why: 'from the middle of a batch', startOffset: 4, endOffset: 20, records: 16 },
    { why: 'to the middle of a batch', startOffset: 0, endOffset: 13, records: 13 },
    { why: 'within one batch', startOffset: 12, endOffset: 15, records: 3 },
    { why: 'one record', startOffset: 9, endOffset: 10, records: 1 },
    { why: 'nothing', startOffset: 10, endOffset: 10, records: 0 },
    { why: 'nothing, since the group is beyond the end', startOffset: 20, endOffset: 10, records: 0 },
  ]
  it.each(ranges)('$why', async ({ startOffset, endOffset, records }) => {
    const log = logOf([1], [10, 10])
    const { loop, told } = setUp({ log, plan: { decode }, assignments: [{ partition: 0, startOffset, endOffset }] })
    expect((await runOf(loop)).outcome).toBe('ended')
    expect(told().records).toBe(records)
    expect(loop.positions).toEqual({ 0: Math.max(startOffset, endOffset) })
  })

  it('from and to the middle of a batch that compaction has thinned out: what is there, not what was', async () => {
    const log = new FakeLog([1])
    const records = [1, 3, 4, 8].map(offsetDelta => ({
      key: null,
      value: Buffer.from('x'),
      timestampMs: 0,
      offsetDelta,
    }))
    log.append(0, 0, { records, lastOffsetDelta: 9, codec: 'gzip' })
    const { loop, told } = setUp({
      log,
      plan: { decode },
      assignments: [{ partition: 0, startOffset: 2, endOffset: 8 }],
    })
    expect((await runOf(loop)).outcome).toBe('ended')
    expect(told().records).toBe(2)
  })

  it('only the partitions that are assigned', async () => {
    const log = logOf([1, 1, 1], [5], [6], [7])
    const { loop, told } = setUp({
      log,
      plan: { decode },
      assignments: [{ partition: 1, startOffset: 0, endOffset: 6 }],
    })
    await runOf(loop)
    expect(told().records).toBe(6)
    expect(new Set(log.asked.map(({ partition }) => partition))).toEqual(new Set([1]))
  })

  it('is not led astray by answers that are cut in the middle of a batch', async () => {
    for (const bytes of [1, 100, 150, 333]) {
      const log = logOf([1, 1], [3, 3, 3, 3], [8, 8])
      log.partitionBytesMax = bytes
      const { loop, told } = setUp({ log, plan: { decode } })
      expect((await runOf(loop)).outcome).toBe('ended')
      expect(told().records).toBe(28)
    }
  })

  it.each(codecNames)('counts what is compressed with %s', async codec => {
    const log = new FakeLog([1])
    log.append(0, 20, { codec })
    log.append(0, 5, { codec })
    const { loop, told } = setUp({
      log,
      plan: { decode },
      assignments: [{ partition: 0, startOffset: 3, endOffset: 23 }],
    })
    await runOf(loop)
    expect(told().records).toBe(20)
  })
})

describe('bytes', () => {
  it('are keys and values when records are decoded', async () => {
    const log = new FakeLog([1])
    const records = [
      { key: Buffer.from('key'), value: Buffer.from('value'), timestampMs: 0 },
      { key: null, value: null, timestampMs: 0 },
      { key: Buffer.alloc(0), value: Buffer.from('x'), timestampMs: 0 },
    ]
    log.append(0, 0, { records })
    const { loop, told } = setUp({ log })
    await runOf(loop)
    expect(told()).toMatchObject({ records: 3, bytes: 9 })
  })
})

describe('the next fetch', () => {
  it('leaves before the answer is read, and partitions take turns at being first', async () => {
    const log = logOf([1, 1, 1], [40, 40, 40], [40, 40, 40], [40, 40, 40])
    log.partitionBytesMax = 1
    await runOf(setUp({ log }).loop)
    const firsts = log.asked.filter((_, index) => index % 3 === 0).slice(0, 3)
    expect(new Set(firsts.map(({ partition }) => partition)).size).toBe(3)
  })
})

describe('without an end', () => {
  const endless = [{ partition: 0, startOffset: 0 }]

  it('reads what comes, until it is told where the end is', async () => {
    const log = logOf([1], [10])
    const { loop, told } = setUp({ log, assignments: endless })
    setTimeout(() => log.append(0, 5), 200)
    setTimeout(() => loop.readUntil([15]), 1_000)
    const { outcome, atMs } = await runOf(loop)
    expect([outcome, told().records]).toEqual(['ended', 15])
    expect(atMs).toBeLessThan(1_020)
  })

  it('told of an end that is still ahead, it reads up to it and no further', async () => {
    const log = logOf([1], [10])
    const { loop, told } = setUp({ log, assignments: endless })
    setTimeout(() => loop.readUntil([25]), 100)
    setTimeout(() => log.append(0, 20), 300)
    expect((await runOf(loop)).outcome).toBe('ended')
    expect(told().records).toBe(25)
    expect(loop.positions).toEqual({ 0: 25 })
  })

  it('what comes after the end of one partition while another is still read is not counted', async () => {
    const log = logOf([1, 1], [10], [10])
    const { loop, told } = setUp({ log, assignments: [...endless, { partition: 1, startOffset: 0 }] })
    setTimeout(() => loop.readUntil([10, 20]), 100)
    setTimeout(() => log.append(0, 7), 200)
    setTimeout(() => log.append(1, 10), 700)
    expect((await runOf(loop)).outcome).toBe('ended')
    expect(told().records).toBe(30)
  })
})

describe('stop', () => {
  const stops: { why: string; log: () => FakeLog; change?: (log: FakeLog) => void }[] = [
    { why: 'while a fetch waits for records', log: () => logOf([1], []) },
    { why: 'while there is no leader', log: () => logOf([-1], []) },
    {
      why: 'while a connection is being opened',
      log: () => logOf([1], []),
      change: log => {
        log.connectMs = 30_000
      },
    },
    {
      why: 'while connections fail',
      log: () => logOf([1], []),
      change: log => {
        log.refuseConnection = () => new MillraceError('BROKER_UNREACHABLE', 'away', { retriable: true })
      },
    },
    {
      why: 'while nothing is answered',
      log: () => logOf([1], []),
      change: log => {
        log.latencyMs = 1e6
      },
    },
  ]
  it.each(stops)('$why ends the run at once', async ({ log: make, change }) => {
    const log = make()
    change?.(log)
    const { loop } = setUp({ log, plan: { fetchMaxWaitMs: 30_000 }, assignments: [{ partition: 0, startOffset: 0 }] })
    setTimeout(() => loop.stop(), 350)
    const { outcome, atMs } = await runOf(loop)
    expect([outcome, atMs]).toEqual(['ended', 350])
    await loop.close()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(log.connections.every(connection => !connection.isOpen)).toBe(true)
  })

  it('in full flow leaves counts and positions that agree', async () => {
    const log = logOf([1, 2], new Array(200).fill(5), new Array(200).fill(5))
    log.partitionBytesMax = 1
    const { loop, told } = setUp({ log })
    setTimeout(() => loop.stop(), 100)
    expect((await runOf(loop)).outcome).toBe('ended')
    await vi.advanceTimersByTimeAsync(1_000)
    const { records } = told()
    expect(records).toBeGreaterThan(100)
    expect(records).toBeLessThan(2_000)
    expect(Object.values(loop.positions).reduce((sum, offset) => sum + offset, 0)).toBe(records)
  })

  it('before the run leaves nothing to do', async () => {
    const log = logOf([1], [10])
    const { loop, told } = setUp({ log })
    loop.stop()
    expect((await runOf(loop)).outcome).toBe('ended')
    expect(told().records).toBe(0)
  })
})

describe('leaders that move', () => {
  it('are followed; the other leaders go on meanwhile', async () => {
    const log = logOf([1, 2], new Array(100).fill(5), new Array(1_000).fill(5))
    log.partitionBytesMax = 1
    const { loop, told, retries } = setUp({ log })
    const at = { moved: 0 }
    setTimeout(() => {
      log.partitions[0]!.leader = 3
    }, 50)
    const watch = setInterval(() => {
      if (at.moved === 0 && log.asked.some(({ brokerId }) => brokerId === 3)) at.moved = Date.now() - epochMs
    }, 5)
    expect((await runOf(loop)).outcome).toBe('ended')
    clearInterval(watch)
    expect(told().records).toBe(5_500)
    expect(retries).toEqual(['NOT_LEADER_OR_FOLLOWER'])
    // The second leader had 1000 fetches of 2 ms to answer; the first partition was found long before.
    expect(at.moved).toBeLessThan(300)
  })

  it('a broker that goes away and whose partitions stay for a while without leader costs retries only', async () => {
    const log = logOf([1, 2], new Array(100).fill(5), new Array(100).fill(5))
    log.partitionBytesMax = 1
    const { loop, told, retries } = setUp({ log })
    setTimeout(() => {
      log.breakConnections(1)
      log.partitions[0]!.leader = -1
    }, 50)
    setTimeout(() => {
      log.partitions[0]!.leader = 2
    }, 2_000)
    const { outcome, atMs } = await runOf(loop)
    expect(outcome).toBe('ended')
    expect(atMs).toBeGreaterThan(2_000)
    expect(told().records).toBe(1_000)
    expect(retries).toContain('CONNECTION_CLOSED')
  })

  it('no leader at the start is waited for', async () => {
    const log = logOf([1], [10])
    const { loop, told } = setUp({ log, leaders: [-1] })
    expect((await runOf(loop)).outcome).toBe('ended')
    expect(told().records).toBe(10)
  })

  it('a refused partition does not hold up the others of the same leader', async () => {
    const log = logOf([1, 1], [10], [10])
    log.refuse = ({ partition }) =>
      partition === 0 && Date.now() - epochMs < 1_000 ? kafkaCode.OFFSET_NOT_AVAILABLE : 0
    const { loop, told } = setUp({ log })
    void loop.run()
    await vi.advanceTimersByTimeAsync(500)
    expect(told().records).toBe(10)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(told().records).toBe(20)
  })
})

describe('offsets that are not in the log', () => {
  it('are deleted already: that is told, and reading goes on with the first that is there', async () => {
    const log = logOf([1], [10, 10, 10])
    log.partitions[0]!.batches.splice(0, 2)
    log.partitions[0]!.startOffset = 20
    const { loop, told, notices } = setUp({ log })
    expect((await runOf(loop)).outcome).toBe('ended')
    expect(told().records).toBe(10)
    expect(notices).toEqual(["topic 'orders' partition 0: offsets 0 to 19 are deleted already, going on from 20"])
  })

  it('all deleted, to the end and beyond: the end is reached', async () => {
    const log = logOf([1], [10])
    const assignments = [{ partition: 0, startOffset: 0, endOffset: 10 }]
    log.append(0, 5)
    log.partitions[0]!.batches.splice(0, 1)
    log.partitions[0]!.startOffset = 12
    const { loop, told } = setUp({ log, assignments })
    expect((await runOf(loop)).outcome).toBe('ended')
    expect(told().records).toBe(0)
    expect(loop.positions).toEqual({ 0: 10 })
  })

  it('beyond the end of the log are an error, not a rewind', async () => {
    const log = logOf([1], [10])
    const { loop } = setUp({ log, assignments: [{ partition: 0, startOffset: 500, endOffset: 600 }] })
    const { outcome } = await runOf(loop)
    expect(outcome).toBeInstanceOf(MillraceError)
    expect((outcome as MillraceError).message).toContain("topic 'orders' partition 0 offset 500: OFFSET_OUT_OF_RANGE")
  })
})

describe('errors', () => {
  const fatal: { why: string; change: (log: FakeLog) => void; code: string }[] = [
    {
      why: 'a right that is missing',
      change: log => {
        log.refuse = () => kafkaCode.TOPIC_AUTHORIZATION_FAILED
      },
      code: 'AUTHORIZATION_FAILED',
    },
    {
      why: 'an answer refused as a whole',
      change: log => {
        log.refuseAll = () => kafkaCode.UNSUPPORTED_VERSION
      },
      code: 'VERSION_UNSUPPORTED',
    },
    {
      why: 'a connection refused for good',
      change: log => {
        log.refuseConnection = () => new MillraceError('AUTHENTICATION_FAILED', 'wrong password')
      },
      code: 'AUTHENTICATION_FAILED',
    },
    {
      why: 'a damaged batch',
      change: log => {
        log.partitions[0]!.batches[1]![at.records + 3]! ^= 1
      },
      code: 'BATCH_CORRUPT',
    },
    {
      why: 'a batch of the time before Kafka 0.11',
      change: log => {
        log.partitions[0]!.batches[1]![at.magic] = 1
      },
      code: 'VERSION_UNSUPPORTED',
    },
  ]
  it.each(fatal)('$why ends the run with $code', async ({ change, code }) => {
    const log = logOf([1, 2], [5, 5, 5], new Array(100).fill(1))
    change(log)
    const { loop } = setUp({ log })
    const { outcome } = await runOf(loop)
    expect((outcome as MillraceError).code).toBe(code)
    // Nothing goes on in the background.
    const { fetches } = log
    await vi.advanceTimersByTimeAsync(1_000)
    expect(log.fetches).toBe(fetches)
  })

  it('damage is not noticed when checksums are not verified', async () => {
    const log = logOf([1], [5])
    log.partitions[0]!.batches[0]![at.records + 8]! ^= 1
    const { loop, told } = setUp({ log, plan: { verifyCrc: false, decode: 'headers' } })
    expect((await runOf(loop)).outcome).toBe('ended')
    expect(told().records).toBe(5)
  })

  it('that may pass are retried, each told once', async () => {
    const log = logOf([1], [10])
    const answers = [kafkaCode.FETCH_SESSION_ID_NOT_FOUND]
    log.refuseAll = () => answers.pop() ?? 0
    const { loop, told, retries } = setUp({ log })
    expect((await runOf(loop)).outcome).toBe('ended')
    expect(told()).toMatchObject({ records: 10, retries: 1 })
    expect(retries).toHaveLength(1)
  })

  it('of the search for leaders surface when they are final, and are retried when not', async () => {
    const log = logOf([1], [10])
    log.refuse = () => kafkaCode.NOT_LEADER_OR_FOLLOWER
    const { loop, faults } = setUp({ log })
    faults.leaders = new MillraceError('BROKER_UNREACHABLE', 'away', { retriable: true })
    setTimeout(() => {
      faults.leaders = new MillraceError('TOPIC_UNKNOWN', 'deleted')
    }, 1_000)
    const { outcome, atMs } = await runOf(loop)
    expect((outcome as MillraceError).code).toBe('TOPIC_UNKNOWN')
    expect(atMs).toBeGreaterThanOrEqual(1_000)
  })

  it('of the first connections surface from open', async () => {
    const log = logOf([1], [10])
    log.refuseConnection = () => new MillraceError('TLS_FAILED', 'no')
    const opened = setUp({ log }).loop.open()
    const failure = expect(opened).rejects.toThrow('no')
    await vi.advanceTimersByTimeAsync(10)
    await failure
  })
})

describe.each(decodes)('falling behind (%s)', decode => {
  it('a pause ends with what was on its way, and is over when it is told to go on', async () => {
    const log = logOf([1, 2], new Array(40).fill(10), new Array(40).fill(10))
    log.partitionBytesMax = 1
    log.latencyMs = 10
    const { loop, told, readPositions } = setUp({ log, plan: { decode } })
    setTimeout(() => loop.pause(), 100)
    let read = 0
    setTimeout(() => {
      read = told().records
    }, 130)
    setTimeout(() => {
      expect(told().records).toBe(read)
      expect(read).toBeLessThan(400)
      expect(readPositions.at(0) + readPositions.at(1)).toBe(read)
      loop.resume()
    }, 5_000)
    const { outcome, atMs } = await runOf(loop)
    expect(outcome).toBe('ended')
    expect(atMs).toBeGreaterThan(5_000)
    expect(told()).toMatchObject({ records: 800, redelivered: 0 })
  })

  it('a stop ends a pause too', async () => {
    const log = logOf([1], new Array(40).fill(10))
    log.partitionBytesMax = 1
    const { loop } = setUp({ log, plan: { decode } })
    setTimeout(() => loop.pause(), 10)
    setTimeout(() => loop.stop(), 1_000)
    expect((await runOf(loop)).atMs).toBeLessThan(1_100)
  })

  it('going back reads again from there, whatever is on its way, and knows what it has read before', async () => {
    const log = logOf([1, 2], new Array(40).fill(10), new Array(40).fill(10))
    log.partitionBytesMax = 1
    log.latencyMs = 10
    const { loop, told, readPositions } = setUp({ log, plan: { decode } })
    let before = 0
    setTimeout(() => {
      before = told().records
      expect(readPositions.at(0)).toBeGreaterThan(25)
      // In the middle of a batch, and not of a partition that it does not have.
      loop.seek({ 0: 15, 7: 3 })
      expect(readPositions.at(0)).toBe(15)
    }, 105)
    expect((await runOf(loop)).outcome).toBe('ended')
    expect(before).toBeGreaterThan(0)
    const { records, redelivered } = told()
    expect(records - redelivered).toBe(800)
    expect(redelivered).toBeGreaterThanOrEqual(15)
    expect(redelivered).toBeLessThanOrEqual(before)
    expect(loop.positions).toEqual({ 0: 400, 1: 400 })
  })
})

describe.each(decodes)('partitions that come and go (%s)', decode => {
  const open = { assignments: [], isOpenEnded: true }

  it('are read while they are there, and where they were left is told', async () => {
    const log = logOf([1, 2], new Array(40).fill(10), new Array(40).fill(10))
    log.partitionBytesMax = 1
    log.latencyMs = 10
    const { loop, told, fetching } = setUp({ log, plan: { decode }, ...open })
    const running = runOf(loop, 3_000)
    loop.assign([{ partition: 1, startOffset: 0 }])
    let left = 0
    setTimeout(() => {
      left = loop.revoke(new Set([1, 5]))[1]!
      expect(told().records).toBe(left)
      loop.assign([{ partition: 0, startOffset: 395 }])
    }, 105)
    setTimeout(() => {
      // What the fetch under way has brought meanwhile is not wanted.
      expect(loop.positions).toEqual({ 0: 400 })
      expect(told()).toMatchObject({ records: left + 5, redelivered: 0 })
      // Another consumer had gone on from where this one was, and comes back to it.
      loop.assign([{ partition: 1, startOffset: left - 7 }])
    }, 1_000)
    setTimeout(() => loop.stop(), 2_000)
    expect((await running).outcome).toBe('ended')
    expect(left).toBeGreaterThan(20)
    expect(told()).toMatchObject({ records: 400 + 5 + 7, redelivered: 7 })
    expect(fetching).toEqual([1, 0, 1])
  })

  it('end where the log ended, and nobody waits for an answer of those that have been read', async () => {
    const log = logOf([1, 1], [10, 10], [10])
    const { loop, told, fetching } = setUp({ log, plan: { decode }, ...open })
    const running = runOf(loop, 2_000)
    loop.assign([{ partition: 0, startOffset: 0 }])
    loop.readUntil([10, 10])
    setTimeout(() => loop.assign([{ partition: 1, startOffset: 10 }]), 500)
    setTimeout(() => loop.stop(), 1_000)
    expect(await running).toMatchObject({ outcome: 'ended' })
    expect(told().records).toBe(10)
    expect(fetching).toEqual([0, 1])
  })
})

describe('whatever goes wrong on the way', () => {
  const trouble = fc.record({
    atMs: fc.nat(400),
    partition: fc.nat(2),
    what: fc.oneof(fc.constant('break' as const), fc.integer({ min: 1, max: 3 })),
  })

  it('every record is counted once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(trouble, { maxLength: 12, size: 'max' }),
        fc.integer({ min: 1, max: 600 }),
        fc.constantFrom(...decodes),
        async (troubles, partitionBytesMax, decode) => {
          const log = logOf([1, 2, 1], new Array(60).fill(3), new Array(60).fill(4), new Array(60).fill(5))
          log.partitionBytesMax = partitionBytesMax
          const { loop, told } = setUp({ log, plan: { decode } })
          for (const { atMs, partition, what } of troubles) {
            setTimeout(() => {
              if (what === 'break') log.breakConnections(log.partitions[partition]!.leader)
              else log.partitions[partition]!.leader = what
            }, atMs)
          }
          expect((await runOf(loop)).outcome).toBe('ended')
          expect(told()).toMatchObject({ records: 720, batches: 180 })
          expect(loop.positions).toEqual({ 0: 180, 1: 240, 2: 300 })
          await vi.advanceTimersByTimeAsync(1_000)
        },
      ),
      { numRuns: 60 },
    )
  }, 20_000)
})
