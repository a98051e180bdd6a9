// A collecting thread: the collectors of one cluster, what they find rendered and handed over as bytes.
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { sectionsOf } from '../../metrics/section.ts'
import { runCluster } from '../cluster-run.ts'
import type { FromThread, ThreadStart, ToThread } from './contract.ts'
import { HeapTidier } from './tidy-heap.ts'

const { cluster } = workerData as ThreadStart
const port = parentPort!
const closing = new AbortController()
const heap = new HeapTidier()
const post = (message: FromThread, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer)

const clock = {
  nowMs: Date.now,
  pause: (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal }).catch(() => {}),
}

const running = runCluster(
  cluster,
  {
    onConnected: () => post({ kind: 'connected' }),
    onFamilies: async (part, families) => {
      // The answers that these were made of are garbage by now.
      heap.tidy()
      const sections = await sectionsOf(families, async () => {
        // Others have their turn: answers of brokers are read in time.
        await turn()
        heap.tidy()
      })
      const buffers = sections.flatMap(({ chunks }) => chunks.map(({ deflated }) => deflated.buffer))
      post({ kind: 'sections', part, sections }, buffers)
    },
    onLooked: (collector, takenAtMs) => {
      post({ kind: 'looked', collector, takenAtMs })
      heap.tidy()
    },
    onNotice: text => post({ kind: 'notice', text }),
  },
  clock,
  closing.signal,
)

port.on('message', (message: ToThread) => {
  if (message.kind === 'stop') closing.abort()
  else void running.ask(message.path, message.query).then(json => post({ kind: 'answer', id: message.id, json }))
})

await running.finished
port.close()
