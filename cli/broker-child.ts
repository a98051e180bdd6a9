// The child of broker-process.ts: an embedded cluster until the parent lets go, or is gone.
import { startBroker } from '../broker/start.ts'
import type { ErrorCode } from '../core/errors.ts'
import { asMillraceError } from './errors.ts'

export interface BrokerProcessOptions {
  readonly nullMode?: boolean
  readonly nullRecordBytes?: number
  readonly memoryBytesMax?: number
  /** Made before the first client comes. */
  readonly topic?: {
    readonly name: string
    readonly partitions: number
    readonly configs?: Readonly<Record<string, string>>
  }
}

export type BrokerAnswer =
  | { readonly kind: 'ready'; readonly bootstrap: string }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: 'cpu'; readonly us: number }

const say = (answer: BrokerAnswer) => process.send!(answer)

// A terminal sends Ctrl-C to this process too, while the parent still needs it to drain.
process.on('SIGINT', () => {})

try {
  const { topic, ...options } = JSON.parse(process.argv[2]!) as BrokerProcessOptions
  // In this thread, which has nothing else to do.
  const cluster = await startBroker({ ...options, inThread: true })
  if (topic !== undefined) await cluster.run('createTopic', topic)
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    say({ kind: 'cpu', us: user + system })
  })
  process.on('disconnect', () => void cluster.close().finally(() => process.exit()))
  say({ kind: 'ready', bootstrap: cluster.bootstrap })
} catch (error) {
  const { code, message, exitCode } = asMillraceError(error)
  say({ kind: 'failed', code, message })
  process.exitCode = exitCode
  process.disconnect()
}
