// The entry of a worker thread.
import { parentPort, workerData } from 'node:worker_threads'
import type { WorkerStart } from './contract.ts'
import { serve } from './serve.ts'

await serve(workerData as WorkerStart, parentPort!)
