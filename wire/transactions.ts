// Producing in transactions: exactly once, as KIP-98 has it and KIP-890 has hardened it.
export {
  type Committer,
  type Identity,
  isAbortable,
  TransactionalProducer,
  type TransactionEnd,
} from './transactions/producer.ts'
