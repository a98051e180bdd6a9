// What a client under test throws, as an error with a code: the brokers' own code where there is one among the causes,
// whatever the client wraps it in.
import { isMillraceError, MillraceError } from '../../core/errors.ts'
import { kafkaCode, kafkaError, kafkaErrors } from '../../wire/error-codes.ts'
import type { DriverName } from '../plan.ts'

interface Thrown {
  readonly name?: unknown
  readonly message?: unknown
  readonly code?: unknown
  readonly type?: unknown
  readonly apiCode?: unknown
  readonly cause?: unknown
  readonly originalError?: unknown
  readonly errors?: unknown
}

/** Errors wrap errors, and none of them is asked for more than this. */
const depthMax = 8

/** Never retriable: a client that gives up has tried again by itself, and what became of its records nobody knows. */
export function driverError(driver: DriverName, error: unknown, where: string): MillraceError {
  if (isMillraceError(error)) return error
  const chain = [...unwrap(error, 0)]
  const code = chain.map(protocolCodeOf).find(found => found !== undefined)
  const said = chain.map(({ message }) => String(message ?? '')).find(text => text !== '') ?? String(error)
  if (code !== undefined) {
    const { code: ours, message, kafkaCode } = kafkaError(code, `${where}: ${driver}`)
    return new MillraceError(ours, message, { cause: error, ...(kafkaCode === undefined ? {} : { kafkaCode }) })
  }
  const refused = chain.some(({ name, code }) => /authentication/i.test(`${String(name)} ${String(code)}`))
  return new MillraceError(refused ? 'AUTHENTICATION_FAILED' : 'CLIENT_FAILED', `${where}: ${driver}: ${said}`, {
    cause: error,
  })
}

function* unwrap(error: unknown, depth: number): Generator<Thrown> {
  if (error === null || typeof error !== 'object' || depth > depthMax) return
  const thrown = error as Thrown
  yield thrown
  yield* unwrap(thrown.cause, depth + 1)
  yield* unwrap(thrown.originalError, depth + 1)
  if (Array.isArray(thrown.errors)) for (const inner of thrown.errors) yield* unwrap(inner, depth + 1)
}

/** kafkajs: `type` and `code`; @platformatic/kafka: `apiCode`; librdkafka: `code`, its own ones below zero. */
function protocolCodeOf({ apiCode, type, code }: Thrown): number | undefined {
  const named = typeof type === 'string' ? (kafkaCode as Readonly<Record<string, number>>)[type] : undefined
  const found = named ?? (typeof apiCode === 'number' ? apiCode : code)
  return typeof found === 'number' && found > 0 && kafkaErrors.has(found) ? found : undefined
}
