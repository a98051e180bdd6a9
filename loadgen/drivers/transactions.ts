// The transactions of a client under test: begun by the first send, ended when it is told to.
import type { TransactionEnd } from '../../wire/transactions.ts'

export interface DriverTransaction {
  commit(): Promise<void>
  abort(): Promise<void>
}

export class DriverTransactions<Transaction extends DriverTransaction> {
  readonly #begin: () => Promise<Transaction>
  #current: Promise<Transaction> | undefined

  constructor(begin: () => Promise<Transaction>) {
    this.#begin = begin
  }

  /** The one that is open, or a new one. */
  get current(): Promise<Transaction> {
    this.#current ??= this.#begin()
    return this.#current
  }

  async end(how: TransactionEnd): Promise<void> {
    const open = await this.#current
    this.#current = undefined
    if (open === undefined) return
    await (how === 'commit' ? open.commit() : open.abort())
  }
}
