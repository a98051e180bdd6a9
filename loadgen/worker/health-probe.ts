// Samples the thread that it runs in, from the side: a timer that measures how late it is, and every fifth time what the
// system and V8 say of the thread. About 50 wake-ups and 100 microseconds of CPU a second, whatever the load.
import { closeSync, openSync, readSync } from 'node:fs'
import { PerformanceObserver, performance } from 'node:perf_hooks'
import type { Clock } from '../../core/clock.ts'
import { runQueueNsIn } from '../audit/proc.ts'
import type { HealthSlots } from './health-slots.ts'

const probeMs = 20
const probesPerSample = 5

/** Of a producer: how long it could not go on, cumulative (producer-waits.ts). */
export interface Waits {
  readonly bufferFullNs: number
  readonly brokerWaitNs: number
}

const noWaits: Waits = { bufferFullNs: 0, brokerWaitNs: 0 }

export class HealthProbe {
  readonly #slots: HealthSlots
  readonly #clock: Pick<Clock, 'nowNs'>
  readonly #runQueue = openRunQueue()
  readonly #gc: PerformanceObserver
  readonly #originNs: number
  /** What the thread had used and waited before it was watched. */
  readonly #cpuBefore = process.threadCpuUsage()
  readonly #runQueueNsBefore: number
  #gcNs = 0
  #timer: NodeJS.Timeout | undefined
  #probes = 0
  waits: Waits = noWaits

  constructor(slots: HealthSlots, clock: Pick<Clock, 'nowNs'>) {
    this.#slots = slots
    this.#clock = clock
    this.#originNs = clock.nowNs()
    this.#runQueueNsBefore = this.#runQueue === undefined ? 0 : readRunQueueNs(this.#runQueue)
    if (this.#runQueue !== undefined) slots.knowsRunQueue()
    this.#gc = new PerformanceObserver(list => {
      for (const { duration } of list.getEntries()) {
        this.#gcNs += duration * 1e6
        slots.gcPause.record(duration * 1e6, 1)
      }
    })
    this.#gc.observe({ entryTypes: ['gc'] })
    this.#schedule()
  }

  /** A last sample, and no more. */
  stop(): void {
    if (this.#timer === undefined) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#sample()
    this.#gc.disconnect()
    if (this.#runQueue !== undefined) closeSync(this.#runQueue)
  }

  #schedule(): void {
    const dueNs = this.#clock.nowNs() + probeMs * 1e6
    this.#timer = setTimeout(() => {
      this.#slots.loopDelay.record(this.#clock.nowNs() - dueNs, 1)
      if (++this.#probes % probesPerSample === 0) this.#sample()
      this.#schedule()
    }, probeMs)
    // The thread ends when its work does.
    this.#timer.unref()
  }

  #sample(): void {
    const slots = this.#slots
    const { user, system } = process.threadCpuUsage(this.#cpuBefore)
    const { active, idle } = performance.eventLoopUtilization()
    slots.set('cpuUserUs', user)
    slots.set('cpuSystemUs', system)
    slots.set('loopActiveUs', active * 1000)
    slots.set('loopIdleUs', idle * 1000)
    slots.set('gcUs', this.#gcNs / 1000)
    slots.set('bufferFullUs', this.waits.bufferFullNs / 1000)
    slots.set('brokerWaitUs', this.waits.brokerWaitNs / 1000)
    if (this.#runQueue !== undefined) {
      slots.set('runQueueUs', (readRunQueueNs(this.#runQueue) - this.#runQueueNsBefore) / 1000)
    }
    // Last, so that a share is never of less time than it was spent in.
    slots.set('sampledUs', (this.#clock.nowNs() - this.#originNs) / 1000)
  }
}

/** Linux: resolved when it is opened, so the file stays this thread's. */
function openRunQueue(): number | undefined {
  try {
    return openSync('/proc/thread-self/schedstat', 'r')
  } catch {
    return undefined
  }
}

const buffer = Buffer.alloc(128)

function readRunQueueNs(file: number): number {
  return runQueueNsIn(buffer.toString('latin1', 0, readSync(file, buffer, 0, buffer.length, 0))) ?? 0
}
