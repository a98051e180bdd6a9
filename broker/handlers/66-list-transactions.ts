// ListTransactions: the transactional ids of this coordinator that pass the filters.
import { listTransactions } from '../../wire/apis/66-list-transactions.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { handlerOf, type RequestBodyOf } from '../handler.ts'
import { makeTransactions } from '../transaction-service.ts'
import { type Transaction, transactionStates } from '../transactions.ts'

type Request = RequestBodyOf<typeof listTransactions>

const stateNames: ReadonlySet<string> = new Set(transactionStates)

export const listTransactionsHandler = handlerOf(listTransactions, ({ cluster, brokerId }, request) => {
  const { stateFilters, transactionalIdPattern } = request
  const pattern = patternOf(transactionalIdPattern)
  const unknownStateFilters = stateFilters.filter(name => !stateNames.has(name))
  if (pattern === undefined) {
    return {
      throttleTimeMs: 0,
      errorCode: kafkaCode.INVALID_REGULAR_EXPRESSION,
      unknownStateFilters,
      transactionStates: [],
    }
  }
  const all = cluster.part(makeTransactions).coordinator.list()
  const own = all.filter(({ transactionalId }) => cluster.isCoordinator(brokerId, transactionalId))
  const found = own.filter(each => passes(each, request, cluster.nowMs) && pattern.test(each.transactionalId))
  const listed = found.map(({ transactionalId, producerId, state }) => {
    return { transactionalId, producerId, transactionState: state }
  })
  return { throttleTimeMs: 0, errorCode: kafkaCode.NONE, unknownStateFilters, transactionStates: listed }
})

function passes(
  { state, producerId, startedAtMs }: Readonly<Transaction>,
  { stateFilters, producerIdFilters, durationFilter }: Request,
  nowMs: number,
): boolean {
  if (stateFilters.length > 0 && !stateFilters.includes(state)) return false
  if (producerIdFilters.length > 0 && !producerIdFilters.includes(producerId)) return false
  return durationFilter < 0 || (startedAtMs >= 0 && nowMs - startedAtMs > durationFilter)
}

/** A pattern for the whole id; undefined when it is none. */
function patternOf(text: string | null): RegExp | undefined {
  if (text === null || text === '') return /^/
  try {
    return new RegExp(`^(?:${text})$`)
  } catch {
    return undefined
  }
}
