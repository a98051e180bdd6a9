// Shows that a partition's batches reach the log each once and in order, however requests and answers are interleaved, refused
// or lost, and however often the leader moves.
// Method: a simulated broker checks sequences as KIP-98 says and remembers five batches; fast-check chooses what happens next.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Batch } from '../../../loadgen/worker/batch.ts'
import { PartitionSender } from '../../../loadgen/worker/partition-sender.ts'

const inFlightMax = 5
const unlimited = Number.POSITIVE_INFINITY

function sealedBatch(sender: PartitionSender, order: number, count = 1, bytes = 10): Batch {
  const batch = new Batch(0)
  batch.open(sender.partition, 0)
  batch.count = count
  batch.order = order
  batch.sequence = sender.takeSequence(count)
  batch.sealed = Buffer.alloc(bytes)
  return batch
}

class SimulatedLog {
  readonly records: number[] = []
  readonly #remembered: { first: number; count: number }[] = []

  /** True: stored, now or before. */
  append({ sequence, count, order }: Batch): boolean {
    if (this.#remembered.some(({ first }) => first === sequence)) return true
    const last = this.#remembered.at(-1)
    if (sequence !== (last === undefined ? 0 : (last.first + last.count) % 2 ** 31)) return false
    this.#remembered.push({ first: sequence, count })
    if (this.#remembered.length > inFlightMax) this.#remembered.shift()
    for (let index = 0; index < count; index++) this.records.push(order)
    return true
  }
}

type What =
  | 'make'
  | 'send'
  /** The oldest request of a broker is handled and answered. */
  | 'answer'
  /** The leader stores its oldest that is not handled yet, the answer is still on the way. */
  | 'store'
  /** The oldest is handled, and the answer is lost with the connection and all that was in flight on it. */
  | 'lose answer'
  | 'lose request'
  | 'refuse'
  | 'move'
  | 'wait'

const weights: Record<What, number> = {
  make: 6,
  send: 8,
  answer: 6,
  store: 4,
  'lose answer': 1,
  'lose request': 1,
  refuse: 1,
  move: 1,
  wait: 2,
}
const what = fc.oneof(
  ...Object.entries(weights).map(([name, weight]) => ({ weight, arbitrary: fc.constant(name as What) })),
)

/** Something happens, at the leader or (rarely) at the broker that was it before. */
interface Step {
  readonly what: What
  readonly atFormer: boolean
}

const steps: fc.Arbitrary<Step> = fc.record({
  what,
  atFormer: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
})

interface Request {
  readonly broker: number
  readonly batch: Batch
  isStored?: boolean
}

class Simulation {
  readonly log = new SimulatedLog()
  readonly sender = new PartitionSender(0, 1)
  made = 0
  #order = 0
  #nowNs = 0
  #leader = 1
  /** Requests in flight by broker: each connection answers in its order. */
  readonly #inFlight: Request[] = []

  run({ what, atFormer }: Step): void {
    const at = atFormer ? 3 - this.#leader : this.#leader
    const oldest = this.#inFlight.find(({ broker }) => broker === at)
    switch (what) {
      case 'make':
        this.made += 3
        return this.sender.enqueue(sealedBatch(this.sender, this.#order++, 3))
      case 'send':
        return this.#send()
      case 'answer':
        return oldest && this.#answer(oldest)
      case 'store':
        return this.#store(this.#inFlight.find(({ broker, isStored }) => broker === this.#leader && !isStored))
      case 'lose answer':
        if (at === this.#leader) this.#store(oldest)
        return this.#break(at)
      case 'lose request':
        return this.#break(at)
      case 'refuse':
        return oldest && this.#retry(oldest)
      case 'move':
        this.#leader = 3 - this.#leader
        return this.sender.moveTo(this.#leader)
      case 'wait':
        this.#nowNs += 100
    }
  }

  #send(): void {
    const isFull = this.#inFlight.filter(({ broker }) => broker === this.#leader).length >= inFlightMax
    const batch = isFull ? undefined : this.sender.next(this.#nowNs, unlimited)
    if (batch !== undefined) this.#inFlight.push({ broker: this.#leader, batch })
  }

  #store(request: Request | undefined): void {
    if (request !== undefined) request.isStored = this.log.append(request.batch)
  }

  #answer(request: Request): void {
    // The former leader refuses what it has not stored; the leader that finds a gap refuses too, and then an older batch must
    // be on its way again.
    if (request.isStored !== true && request.broker !== this.#leader) return this.#retry(request)
    if (request.isStored === true || this.log.append(request.batch)) {
      this.#inFlight.splice(this.#inFlight.indexOf(request), 1)
      return this.sender.acknowledged(request.batch)
    }
    if (!this.sender.hasUnacknowledgedBefore(request.batch)) throw new Error(`gap before ${request.batch.order}`)
    this.#retry(request)
  }

  #retry(request: Request): void {
    this.#inFlight.splice(this.#inFlight.indexOf(request), 1)
    this.sender.retry(request.batch, this.#nowNs + 50)
  }

  #break(broker: number): void {
    for (const request of this.#inFlight.filter(each => each.broker === broker)) this.#retry(request)
  }

  /** From now on nothing goes wrong. */
  finish(): void {
    for (let round = 0; round < 10_000 && !this.sender.isIdle; round++) {
      for (const what of ['wait', 'send', 'answer'] as const) this.run({ what, atFormer: false })
      this.run({ what: 'answer', atFormer: true })
    }
  }
}

describe('whatever happens on the way', () => {
  it('every batch is stored once and in order, and as many records are acknowledged as were made', () => {
    fc.assert(
      fc.property(fc.array(steps, { minLength: 20, maxLength: 300, size: 'max' }), sequence => {
        const simulation = new Simulation()
        for (const step of sequence) simulation.run(step)
        simulation.finish()
        const { sender, log, made } = simulation
        expect(sender.isIdle).toBe(true)
        expect(sender.acked).toBe(made)
        expect(log.records).toEqual(Array.from({ length: made }, (_, index) => Math.floor(index / 3)))
      }),
      { numRuns: 500 },
    )
  })
})

describe('a sender', () => {
  it('sends in the order of sealing', () => {
    const sender = new PartitionSender(0, 1)
    const batches = [0, 1, 2].map(order => sealedBatch(sender, order))
    for (const batch of batches) sender.enqueue(batch)
    expect([sender.next(0, unlimited), sender.next(0, unlimited), sender.next(0, unlimited)]).toEqual(batches)
    expect(sender.next(0, unlimited)).toBeUndefined()
    expect(batches.map(batch => batch.attempts)).toEqual([1, 1, 1])
  })

  it('holds back everything behind a failed batch until all in flight are settled and the pause is over', () => {
    const sender = new PartitionSender(0, 1)
    const [first, second, third] = [0, 1, 2].map(order => sealedBatch(sender, order))
    for (const batch of [first!, second!, third!]) sender.enqueue(batch)
    sender.next(0, unlimited)
    sender.next(0, unlimited)
    sender.retry(first!, 100)
    expect(sender.next(500, unlimited)).toBeUndefined()
    sender.retry(second!, 200)
    expect(sender.next(199, unlimited)).toBeUndefined()
    expect(sender.next(200, unlimited)).toBe(first)
    expect(first!.attempts).toBe(2)
  })

  it('brings failed batches back into order, whatever the order in which they failed', () => {
    const sender = new PartitionSender(0, 1)
    const batches = [0, 1, 2, 3].map(order => sealedBatch(sender, order))
    for (const batch of batches) sender.enqueue(batch)
    for (const _ of batches) sender.next(0, unlimited)
    for (const index of [2, 0, 3, 1]) sender.retry(batches[index]!, 0)
    for (const batch of batches) {
      expect(sender.next(0, unlimited)).toBe(batch)
      sender.acknowledged(batch)
    }
  })

  it('sends a batch again by itself: nothing overtakes it, old or new', () => {
    const sender = new PartitionSender(0, 1)
    const [first, second, third] = [0, 1, 2].map(order => sealedBatch(sender, order))
    for (const batch of [first!, second!, third!]) sender.enqueue(batch)
    sender.next(0, unlimited)
    sender.next(0, unlimited)
    sender.retry(first!, 0)
    sender.acknowledged(second!)
    expect(sender.next(0, unlimited)).toBe(first)
    expect(sender.next(0, unlimited)).toBeUndefined()
    sender.acknowledged(first!)
    expect(sender.next(0, unlimited)).toBe(third)
  })

  it('sends nothing to a new leader before the old one has settled what it was sent', () => {
    const sender = new PartitionSender(0, 1)
    const [first, second] = [0, 1].map(order => sealedBatch(sender, order))
    sender.enqueue(first!)
    sender.enqueue(second!)
    sender.next(0, unlimited)
    sender.moveTo(2)
    expect(sender.leader).toBe(2)
    expect(sender.next(0, unlimited)).toBeUndefined()
    sender.acknowledged(first!)
    expect(sender.next(0, unlimited)).toBe(second)
  })

  it('is not held back when the leader is the one it was', () => {
    const sender = new PartitionSender(0, 1)
    const [first, second] = [0, 1].map(order => sealedBatch(sender, order))
    sender.enqueue(first!)
    sender.enqueue(second!)
    sender.next(0, unlimited)
    sender.moveTo(1)
    expect(sender.next(0, unlimited)).toBe(second)
  })

  it('leaves a batch that is larger than what is left of the request for the next one', () => {
    const sender = new PartitionSender(0, 1)
    const batch = sealedBatch(sender, 0, 1, 100)
    sender.enqueue(batch)
    expect(sender.next(0, 99)).toBeUndefined()
    expect(sender.waiting).toBe(1)
    expect(sender.next(0, 100)).toBe(batch)
  })

  it('counts sequences to 2^31 and begins again, as the protocol says', () => {
    const sender = new PartitionSender(0, 1)
    expect([sender.takeSequence(0x7fff_fffe), sender.takeSequence(3), sender.takeSequence(1)]).toEqual([
      0, 0x7fff_fffe, 1,
    ])
  })

  it('knows what it holds', () => {
    const sender = new PartitionSender(0, 1)
    const [first, second] = [0, 1].map(order => sealedBatch(sender, order, 4))
    expect([sender.isIdle, sender.waiting, sender.oldest]).toEqual([true, 0, undefined])
    sender.enqueue(first!)
    sender.enqueue(second!)
    expect([sender.isIdle, sender.waiting, sender.oldest]).toEqual([false, 2, first])
    sender.next(0, unlimited)
    expect([sender.isIdle, sender.waiting, sender.oldest]).toEqual([false, 1, second])
    expect(sender.hasUnacknowledgedBefore(second!)).toBe(true)
    expect(sender.hasUnacknowledgedBefore(first!)).toBe(false)
    sender.retry(first!, 0)
    expect([sender.waiting, sender.oldest]).toEqual([2, first])
    sender.next(0, unlimited)
    sender.acknowledged(first!)
    expect([sender.acked, sender.hasUnacknowledgedBefore(second!)]).toEqual([4, false])
  })
})
