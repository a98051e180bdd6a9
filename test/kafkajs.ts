// kafkajs for tests. It sets its throttle timer to a moment that is already over, of which Node warns once per process in
// the middle of our output. That one warning of that one place is dropped here; our own negative timers still show.
import kafkajs from 'kafkajs'

export {
  type Admin,
  CompressionTypes,
  type Consumer,
  type EachMessagePayload,
  Kafka,
  logLevel,
  Partitioners,
  type Producer,
  type Transaction,
} from 'kafkajs'
/** Node does not find it by name where it runs files by itself. */
export const { CompressionCodecs } = kafkajs

const emitWarning = process.emitWarning

process.emitWarning = (...args: unknown[]) => {
  if (isNegativeTimer(args) && new Error().stack?.includes('/kafkajs/src/network/requestQueue/')) return
  Reflect.apply(emitWarning, process, args)
}

const isNegativeTimer = ([, type]: readonly unknown[]): boolean => type === 'TimeoutNegativeWarning'
