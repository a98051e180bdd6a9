// What people watch while it moves: read ten times a second from the workers' counters, without closing a window.
import { type Committed, committedSoFar } from './committer.ts'
import type { Meter } from './meter.ts'
import type { Tick } from './progress.ts'

export const tickMs = 100
/** Rates are over this many ticks: over one alone they would flicker with every batch. */
const ticksAveraged = 10

interface Reading extends Committed {
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
    const before = this.#readings[0] ?? nothingYet
    this.#readings.push(now)
    if (this.#readings.length > ticksAveraged) this.#readings.shift()
    const seconds = Math.max(now.sec - before.sec, tickMs / 1000)
    const perSec = (name: 'offered' | 'sent' | 'acked' | 'consumed') =>
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
      ...(now.transactions && { transactionsPerSec: eachPerSec(now.transactions, before.transactions, seconds) }),
      ...(now.handled && { handledPerSec: eachPerSec(now.handled, before.handled, seconds) }),
      errors: meter.soFar('produce', 'errors') ?? 0,
      cpuPercent: meter.windows.at(-1)?.cpuPercent ?? 0,
      loopLateMs: loopLateMs(),
    })
  }

  #read(sec: number): Reading {
    const { meter } = this.#settings
    const { committer } = meter
    return {
      sec,
      offered: meter.dueBefore?.(sec),
      sent: meter.soFar('produce', 'made'),
      acked: meter.soFar('produce', 'records'),
      consumed: meter.soFar('consume', 'records'),
      ...(committer && committedSoFar(meter, committer)),
    }
  }
}

/** Before the first tick. */
const nothingYet: Partial<Reading> & Pick<Reading, 'sec'> = { sec: 0 }

function eachPerSec<Counts extends { readonly [Name in keyof Counts]: number }>(
  now: Counts,
  before: Counts | undefined,
  seconds: number,
): Counts {
  const names = Object.keys(now) as (keyof Counts)[]
  const perSec = names.map(name => [name, (now[name] - (before?.[name] ?? 0)) / seconds])
  return Object.fromEntries(perSec)
}
