// The transactional ids of a run: one for each of its producers, for two that share one fence each other.
import type { TransactionsPlan } from './plan.ts'

export const transactionalIdOf = ({ id, isExact = false }: TransactionsPlan, producer: number): string =>
  isExact ? id : `${id}-${producer}`
