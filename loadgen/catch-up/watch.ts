// Follows consumers that fall behind and catch up: what is to be done next, from samples of their lag, and what has come of it.
// Pure: samples come in with their time, steps go out.
//
//   warm-up ──> before ──pause──> paused ──resume──> drain ──lag is back──> after
//                  └──seek──────────────────────────────┘
import type { CatchUpPlan } from '../plan.ts'
import type { CatchUpPhase, CatchUpResult } from './model.ts'

export interface Sample {
  readonly ns: number
  /** Offsets that the consumers have still to read, all partitions together. */
  readonly lag: number
  /** Sum of the end offsets. */
  readonly appended: number
  /** Records acknowledged and records read since the start of the run. */
  readonly produced: number
  readonly consumed: number
}

export interface Responses {
  readonly p50Ms: number
  readonly p99Ms: number
}

export interface WatchSettings {
  readonly plan: CatchUpPlan
  readonly startNs: number
  /** Beginning and end of the measured time. */
  readonly fromNs: number
  readonly untilNs: number
  readonly produces: boolean
  /** Of the records acknowledged since the last call; undefined: none were. */
  takeResponses(): Responses | undefined
  /** Records that fall due between two moments; undefined: there is no schedule. */
  offeredIn(fromNs: number, toNs: number): number | undefined
}

type PhaseName = 'before' | 'paused' | 'drain' | 'after'
/** What the caller has to do now. */
export type Step = 'pause' | 'seek' | 'resume' | 'caught-up' | 'end' | undefined

const pointEveryNs = 1e9

export class CatchUpWatch {
  readonly #settings: WatchSettings
  readonly #phases: Partial<Record<PhaseName, CatchUpPhase>> = {}
  readonly #curve: { sec: number; lag: number }[] = []
  #phase: PhaseName | 'warm-up' | 'over' = 'warm-up'
  /** The sample with which the phase began. */
  #since: Sample | undefined
  #last: Sample | undefined
  #baselineLag = 0
  #drainFrom: Sample | undefined
  #drainTo: Sample | undefined
  #pausedSec = 0
  #hasCaughtUp = false

  constructor(settings: WatchSettings) {
    this.#settings = settings
  }

  /** When the next sample must be taken at the latest. */
  get nextEdgeNs(): number {
    const { plan, fromNs, untilNs } = this.#settings
    if (this.#phase === 'warm-up') return fromNs
    if (this.#phase === 'before') return Math.min(untilNs, this.#since!.ns + plan.afterMs * 1e6)
    if (this.#phase === 'paused' && plan.kind === 'pause')
      return Math.min(untilNs, this.#since!.ns + plan.pauseMs * 1e6)
    return untilNs
  }

  get isPaused(): boolean {
    return this.#phase === 'paused'
  }

  get isDraining(): boolean {
    return this.#phase === 'drain'
  }

  take(sample: Sample): Step {
    const { plan, fromNs, untilNs } = this.#settings
    if (this.#phase === 'over') return undefined
    if (this.#phase === 'warm-up') {
      if (sample.ns < fromNs) return undefined
      this.#turn('before', sample)
    }
    this.#last = sample
    // Producers have ended at that moment, however late this is seen.
    if (sample.ns >= untilNs) return this.end({ ...sample, ns: untilNs })
    const isDue = sample.ns >= this.nextEdgeNs
    switch (this.#phase) {
      case 'before':
        this.#baselineLag = Math.max(this.#baselineLag, sample.lag)
        if (!isDue) return undefined
        if (plan.kind === 'seek') return 'seek'
        this.#turn('paused', sample)
        return 'pause'
      case 'paused':
        this.#draw(sample)
        if (!isDue) return undefined
        this.#drains(sample)
        return 'resume'
      case 'drain':
        this.#draw(sample)
        if (sample.lag > this.#baselineLag) return undefined
        this.#hasCaughtUp = true
        this.#drainTo = sample
        this.#turn('after', sample)
        return 'caught-up'
      default:
        return undefined
    }
  }

  /** The moment at which consumers are set back, with the lag that they then have. */
  wasSetBack(sample: Sample): void {
    if (this.#phase === 'before') this.#drains(sample)
  }

  /** The measured time is over, as planned or before. */
  end(sample: Sample): Step {
    if (this.#phase === 'over') return undefined
    if (this.#phase === 'drain') this.#drainTo = sample
    if (this.#phase !== 'warm-up') this.#turn('over', sample)
    this.#phase = 'over'
    return 'end'
  }

  get result(): CatchUpResult {
    const { plan } = this.#settings
    const [from, to] = [this.#drainFrom, this.#drainTo]
    const drainSeconds = from === undefined || to === undefined ? 0 : (to.ns - from.ns) / 1e9
    const drained = from === undefined || to === undefined ? 0 : from.lag - to.lag
    return {
      how: plan.kind,
      asked: plan.asked,
      outcome: from === undefined ? 'not-begun' : this.#hasCaughtUp ? 'caught-up' : 'not-caught-up',
      ...(plan.kind === 'pause' ? { pausedSeconds: this.#pausedSec } : {}),
      baselineLag: this.#baselineLag,
      backlog: from?.lag ?? this.#last?.lag ?? 0,
      leftLag: to?.lag ?? this.#last?.lag ?? 0,
      drainSeconds,
      drainedPerSec: drainSeconds === 0 ? 0 : drained / drainSeconds,
      ...this.#phases,
      curve: this.#curve,
    }
  }

  #drains(sample: Sample): void {
    this.#drainFrom = sample
    this.#turn('drain', sample)
  }

  #turn(to: PhaseName | 'over', sample: Sample): void {
    const responses = this.#settings.takeResponses()
    const from = this.#phase
    if (from !== 'warm-up' && from !== 'over') this.#phases[from] = this.#between(this.#since!, sample, responses)
    if (from === 'paused') this.#pausedSec = (sample.ns - this.#since!.ns) / 1e9
    if (from === 'paused' || from === 'drain' || to === 'paused' || to === 'drain') this.#draw(sample, true)
    this.#phase = to
    this.#since = sample
  }

  #between(from: Sample, to: Sample, responses: Responses | undefined): CatchUpPhase {
    const { produces, offeredIn } = this.#settings
    const seconds = Math.max(0, to.ns - from.ns) / 1e9
    const perSec = (amount: number) => (seconds === 0 ? 0 : Math.max(0, amount) / seconds)
    const offered = offeredIn(from.ns, to.ns)
    return {
      seconds,
      ...(offered === undefined ? {} : { offeredPerSec: perSec(offered) }),
      ...(produces ? { producedPerSec: perSec(to.produced - from.produced) } : {}),
      appendedPerSec: perSec(to.appended - from.appended),
      consumedPerSec: perSec(to.consumed - from.consumed),
      ...(responses === undefined ? {} : { responseP50Ms: responses.p50Ms, responseP99Ms: responses.p99Ms }),
    }
  }

  #draw({ ns, lag }: Sample, isTurn = false): void {
    const sec = (ns - this.#settings.startNs) / 1e9
    const last = this.#curve.at(-1)
    if (last?.sec === sec) return
    if (isTurn || last === undefined || sec - last.sec >= pointEveryNs / 1e9) this.#curve.push({ sec, lag })
  }
}
