// Transactions of a script: a VU is a transactional producer with an id of its own, one transaction after the other. What the
// function produces is in it; it is committed when the function returns, and aborted when it throws, asks for that, is
// interrupted, or when a message could not be sent.
import { MillraceError } from '../../core/errors.ts'
import type { Cluster } from '../../wire/cluster.ts'
import { isAbortable, TransactionalProducer, type TransactionEnd } from '../../wire/transactions.ts'
import type { ProducePlan } from '../plan.ts'
import type { ScriptBooks } from './books.ts'
import { InterruptedError, runIn, throwIfInterrupted, type VuContext } from './context.ts'
import type { Message } from './kafka.ts'
import { ScriptProducer, type Sent } from './producer.ts'
import { sampleTags } from './samples.ts'

/** The transaction that a function of `transaction` is in. */
export interface Transaction {
  /** It is aborted when the function returns, and not committed. Nothing more can be produced in it. */
  abort(): void
}

export interface TransactionsOfVuSettings {
  readonly plan: ProducePlan
  readonly transactionalId: string
  /** transaction.timeout.ms */
  readonly timeoutMs: number
  readonly books: ScriptBooks
}

interface Producer {
  readonly transactional: TransactionalProducer
  readonly records: ScriptProducer
}

/** How a transaction has ended. `failed`: it was aborted by an error, or nobody knows. */
type Fate = 'committed' | 'aborted' | 'failed'

/** Whoever reads should not have to wait until the coordinator has noticed. */
const lastAbortMs = 5_000

const misuse = (message: string) => new MillraceError('SCRIPT_EXCEPTION', message)

export class OpenTransaction implements Transaction {
  readonly caller: VuContext
  readonly #sending: Promise<unknown>[] = []
  readonly #acked = new Map<string, Set<number>>()
  readonly #over = Promise.withResolvers<void>()
  #records = 0
  #producer: ScriptProducer | undefined
  #isClosed = false
  isAborted = false
  /** What could not be sent: without it the rest is not to be committed. */
  broken: unknown

  constructor(caller: VuContext) {
    this.caller = caller
  }

  abort(): void {
    this.isAborted = true
  }

  begin(producer: ScriptProducer): void {
    this.#producer = producer
  }

  /** For who calls produce in it. */
  throwIfOver(): void {
    if (this.#isClosed)
      throw misuse('produce was called in a transaction that is over: await it before the function returns')
    if (this.isAborted) throw misuse('produce was called in a transaction after its abort()')
  }

  send(topic: string, message: Message): Promise<Sent> {
    const sent = this.#producer!.send(topic, message)
    this.#sending.push(
      sent.then(
        ({ partition }) => {
          this.#records++
          const partitions = this.#acked.get(topic) ?? new Set()
          this.#acked.set(topic, partitions.add(partition))
        },
        error => {
          this.broken ??= error
        },
      ),
    )
    return sent
  }

  /** Nothing more comes; what is on its way is waited for. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all(this.#sending)
  }

  /** Acknowledged. */
  get records(): number {
    return this.#records
  }

  get partitions(): ReadonlyMap<string, ReadonlySet<number>> {
    return this.#acked
  }

  /** Resolves when the next one may begin. */
  get over(): Promise<void> {
    return this.#over.promise
  }

  end(): void {
    this.#over.resolve()
  }
}

export class TransactionsOfVu {
  readonly #cluster: Cluster
  readonly #settings: TransactionsOfVuSettings
  #producer: Producer | undefined
  #open: OpenTransaction | undefined

  constructor(cluster: Cluster, settings: TransactionsOfVuSettings) {
    this.#cluster = cluster
    this.#settings = settings
  }

  async run<Result>(work: (tx: Transaction) => Result | Promise<Result>, caller: VuContext): Promise<Result> {
    // One that was interrupted is still being aborted when the VU is called again.
    while (this.#open !== undefined) {
      if (!this.#open.caller.signal.aborted)
        throw misuse('transaction was called while one of this VU is open: a producer has one at a time')
      await this.#open.over
    }
    const open = new OpenTransaction(caller)
    this.#open = open
    try {
      return await this.#within(open, work)
    } finally {
      this.#open = undefined
      open.end()
    }
  }

  /** What was interrupted has been aborted. */
  async close(): Promise<void> {
    await this.#open?.over
    await this.#producer?.records.close()
  }

  async #within<Result>(open: OpenTransaction, work: (tx: Transaction) => Result | Promise<Result>): Promise<Result> {
    const { caller } = open
    const producer = await this.#ready()
    throwIfInterrupted(caller)
    open.begin(producer.records)
    const [outcome] = await Promise.allSettled([
      untilInterrupted(
        caller.signal,
        runIn({ ...caller, transaction: open }, async () => work(open)),
      ),
    ])
    await open.close()
    const isCommit = outcome.status === 'fulfilled' && !open.isAborted && open.broken === undefined
    await this.#end(open, producer, isCommit ? 'commit' : 'abort')
    throwIfInterrupted(caller)
    if (outcome.status === 'rejected') throw outcome.reason
    if (open.broken !== undefined) throw open.broken
    return outcome.value
  }

  async #ready(): Promise<Producer> {
    const { plan, transactionalId, timeoutMs } = this.#settings
    if (this.#producer === undefined) {
      const transactional = await TransactionalProducer.open(this.#cluster, { transactionalId, timeoutMs })
      this.#producer = { transactional, records: new ScriptProducer(this.#cluster, plan, transactional) }
    }
    await this.#producer.records.beginTransaction()
    return this.#producer
  }

  // ---- the end of a transaction ----

  async #end(open: OpenTransaction, { transactional, records }: Producer, how: TransactionEnd): Promise<void> {
    const beganMs = performance.now()
    let fate: Fate = open.broken !== undefined ? 'failed' : how === 'commit' ? 'committed' : 'aborted'
    try {
      const timeoutMs = open.caller.signal.aborted ? lastAbortMs : undefined
      const tries = await transactional.end(how, records.hasWritten, timeoutMs)
      if (fate === 'failed') await this.#renew(transactional)
      else if (tries > 0) this.#note(open, tries)
    } catch (error) {
      fate = 'failed'
      open.broken ??= error
      await this.#recover(transactional, how, error)
    }
    if (fate === 'failed') for (const topic of open.partitions.keys()) this.#settings.books.uncertain(topic)
    // One without a message is none.
    if (records.hasWritten || fate === 'failed') this.#count(open, fate, performance.now() - beganMs)
  }

  /** A commit that was refused is nothing done: what can be aborted still is. Else the next transaction has a new producer. */
  async #recover(transactional: TransactionalProducer, how: TransactionEnd, error: unknown): Promise<void> {
    if (how === 'commit' && isAbortable(error)) {
      try {
        await transactional.end('abort', true, lastAbortMs)
        return await this.#renew(transactional)
      } catch {}
    }
    this.#producer = undefined
  }

  async #renew(transactional: TransactionalProducer): Promise<void> {
    try {
      await transactional.renew()
    } catch {
      this.#producer = undefined
    }
  }

  /** Each of its partitions has a marker, and one more for each try whose answer was lost, perhaps. */
  #note({ partitions }: OpenTransaction, tries: number): void {
    for (const [topic, of] of partitions)
      for (const partition of of) this.#settings.books.marked(topic, partition, tries - 1)
  }

  #count({ caller, records }: OpenTransaction, fate: Fate, endMs: number): void {
    // Of an iteration that was interrupted nothing counts.
    if (caller.signal.aborted) return
    const { registry } = caller
    const tags = sampleTags(caller, {})
    registry.add(`transactions_${fate}`, 1, tags)
    if (fate === 'committed') registry.add('commit_time', endMs, tags)
    if (records > 0) registry.add(fate === 'committed' ? 'records_committed' : 'records_aborted', records, tags)
  }
}

/** A function that was interrupted runs on until its next call; its transaction does not wait for it. */
async function untilInterrupted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const interrupted = Promise.withResolvers<never>()
  const interrupt = () => interrupted.reject(new InterruptedError())
  signal.addEventListener('abort', interrupt, { once: true })
  if (signal.aborted) interrupt()
  try {
    return await Promise.race([work, interrupted.promise])
  } finally {
    signal.removeEventListener('abort', interrupt)
    work.catch(() => {})
  }
}
