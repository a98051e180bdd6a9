// A worker thread that speaks the contract and does nothing else; the topic's name says how it fares.
import { parentPort, workerData } from 'node:worker_threads'
import type { FromWorker, Outcome, ToWorker, WorkerStart } from '../../loadgen/worker/contract.ts'
import { WorkerSlots } from '../../loadgen/worker/slots.ts'

const start = workerData as WorkerStart
const port = parentPort!
const say = (message: FromWorker) => port.postMessage(message)
const made = start.worker + 1
const outcome: Outcome = {
  books: [{ made, acked: made, unacknowledged: [] }],
  ledgers: [],
  positions: {},
  reachedEnd: true,
}
const error = {
  code: 'SENDS_FAILED',
  message: `worker ${start.worker} failed`,
  hint: 'try again',
  kafkaCode: 7,
} as const

const fate = start.worker === 0 ? start.topic.name : 'works until stopped'

function begin(): void {
  new WorkerSlots(start.slots).add('records', 10)
  if (fate === 'fails later') {
    say({ type: 'retries', byCode: { REQUEST_TIMEOUT: 2 } })
    say({ type: 'failed', error, outcome })
    return port.close()
  }
  if (fate === 'crashes') throw new Error('what nobody thought of')
  if (fate === 'lingers') {
    // Its socket holds the thread, its work is done.
    say({ type: 'done', outcome })
    setInterval(() => {}, 1_000)
  }
}

if (fate === 'fails and lingers') {
  // What it had opened holds the thread.
  say({ type: 'failed', error, outcome })
  setInterval(() => {}, 1_000)
} else if (fate === 'fails at once') {
  say({ type: 'failed', error, outcome: { books: [], ledgers: [], positions: {}, reachedEnd: false } })
  port.close()
} else {
  port.on('message', (message: ToWorker) => {
    if (message.type === 'start') return begin()
    if (message.type !== 'stop') return say({ type: 'notice', text: `told ${JSON.stringify(message)}` })
    say({ type: 'positions', positions: { 3: 9 } })
    say({ type: 'done', outcome })
    port.close()
  })
  say({ type: 'ready' })
}
