// The thread of an embedded broker: starts the cluster, runs commands, closes.
import { parentPort, workerData } from 'node:worker_threads'
import { errorKinds, isMillraceError } from '../core/errors.ts'
import { runCommand } from './commands.ts'
import { RunningCluster, type RunningOptions } from './running.ts'
import type { FromWorker, ToWorker } from './worker-messages.ts'

const port = parentPort!
const post = (message: FromWorker) => port.postMessage(message)

try {
  const onNotice = (line: string) => post({ kind: 'notice', line })
  const running = await RunningCluster.start(workerData as RunningOptions, { onNotice })
  port.on('message', (message: ToWorker) => take(running, message))
  post({ kind: 'ready', brokers: running.brokers })
} catch (error) {
  post({ kind: 'failed', ...failureOf(error) })
}

async function take(running: RunningCluster, message: ToWorker): Promise<void> {
  if (message.kind === 'close') {
    await running.close()
    return port.close()
  }
  const { id, name, args } = message
  try {
    post({ kind: 'done', id, value: await runCommand(running, name, args) })
  } catch (error) {
    post({ kind: 'refused', id, ...failureOf(error) })
  }
}

function failureOf(error: unknown) {
  if (isMillraceError(error)) return { code: error.code, message: error.message, hint: error.hint }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { code: 'INTERNAL', message, hint: errorKinds.INTERNAL.hint } as const
}
