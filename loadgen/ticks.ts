// What people watch while it moves: read ten times a second from the workers' counters, without closing a window.
import type { Meter } from './meter.ts'
import type { Tick } from './progress.ts'

export const tickMs = 100
/** Rates are over this many ticks: over one alone they would flicker with every batch. */
const ticksAveraged = 10

interface Reading {
  readonly sec: number
  readonly offered: number | undefined
  readonly sent: number | undefined
  readonly acked: number | undefined
  readonly consumed: number | undefined
}

export interface TickSettings {
  readonly meter: Meter
  readonly elapsedSec: () => number
  readonly totalSec: () => number | undefined
  readonly phase: () => Tick['phase']
  readonly loopLateMs: () => number | undefined
  readonly onTick: (tick: Tick) => void
}

export class Ticks {
  readonly #settings: TickSettings
  readonly #readings: Reading[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(settings: TickSettings) {
    this.#settings = settings
  }

  start(): void {
    this.#timer = setInterval(() => this.take(), tickMs)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  take(): void {
    const { meter, elapsedSec, totalSec, phase, loopLateMs, onTick } = this.#settings
    const now = this.#read(Math.max(0, elapsedSec()))
    const before = this.#readings[0] ?? { ...now, offered: 0, sent: 0, acked: 0, consumed: 0, sec: 0 }
    this.#readings.push(now)
    if (this.#readings.length > ticksAveraged) this.#readings.shift()
    const seconds = Math.max(now.sec - before.sec, tickMs / 1000)
    const perSec = (name: Exclude<keyof Reading, 'sec'>) =>
      now[name] === undefined ? undefined : (now[name] - (before[name] ?? 0)) / seconds
    onTick({
      phase: phase(),
      elapsedSec: now.sec,
      totalSec: totalSec(),
      offeredPerSec: perSec('offered'),
      sentPerSec: perSec('sent'),
      ackedPerSec: perSec('acked'),
      consumedPerSec: perSec('consumed'),
      inFlight: meter.produce && meter.inFlight,
      lag: meter.consume && meter.consumeLag,
      errors: meter.soFar('produce', 'errors') ?? 0,
      cpuPercent: meter.windows.at(-1)?.cpuPercent ?? 0,
      loopLateMs: loopLateMs(),
    })
  }

  #read(sec: number): Reading {
    const { meter } = this.#settings
    return {
      sec,
      offered: meter.dueBefore?.(sec),
      sent: meter.soFar('produce', 'made'),
      acked: meter.soFar('produce', 'records'),
      consumed: meter.soFar('consume', 'records'),
    }
  }
}
