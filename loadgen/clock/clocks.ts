// The clocks of a run that has producers and consumers in several processes: answers other runs, or asks them, and tells the workers.
import { anchorUsOf, type Clock, type ClockOrigin } from '../../core/clock.ts'
import { runText } from '../identity.ts'
import type { RunIdentity } from '../payload/stamp.ts'
import type { BenchPlan } from '../plan.ts'
import type { ClockComparison } from '../result.ts'
import { ClockListener } from './listener.ts'
import { ClockPeer, offsetOf, type PeerRun } from './peer.ts'
import { allocateOffsets, SharedOffsets } from './shared-offsets.ts'

export interface ClocksSettings {
  readonly plan: Pick<BenchPlan, 'clock'>
  readonly identity: RunIdentity
  readonly clock: Clock
  readonly origin: ClockOrigin
  readonly onNotice: (text: string) => void
}

const publishEveryMs = 50

export class Clocks {
  /** For the workers; absent: nobody is asked. */
  readonly offsets: SharedArrayBuffer | undefined
  readonly #settings: ClocksSettings
  readonly #listener: ClockListener | undefined
  readonly #peers: readonly ClockPeer[]
  readonly #shared: SharedOffsets | undefined
  readonly #timer: NodeJS.Timeout | undefined

  /** Rejects when there is no listening where the plan says. */
  static async open(settings: ClocksSettings): Promise<Clocks> {
    const { plan, identity, origin } = settings
    const listen = plan.clock?.listen
    if (listen === undefined) return new Clocks(settings, undefined)
    const answering = { identity, anchorUs: anchorUsOf(origin), nowUs: () => nowUsOf(settings) }
    return new Clocks(settings, await ClockListener.open(listen, answering))
  }

  private constructor(settings: ClocksSettings, listener: ClockListener | undefined) {
    const { plan, identity, origin, onNotice } = settings
    this.#settings = settings
    this.#listener = listener
    const asking = { host: identity.host, anchorUs: anchorUsOf(origin), nowUs: () => nowUsOf(settings) }
    this.#peers = (plan.clock?.peers ?? []).map(at => {
      const onRun = (run: number) => onNotice(`clock peer ${at.host}:${at.port} answers: run ${runText(run)}`)
      return new ClockPeer(at, { ...asking, onRun })
    })
    if (this.#peers.length === 0) return
    this.offsets = allocateOffsets()
    this.#shared = new SharedOffsets(this.offsets)
    this.#timer = setInterval(() => this.#publish(), publishEveryMs)
    this.#timer.unref()
  }

  /** Peers that have not answered once. */
  get silent(): string[] {
    return this.#peers.filter(({ runs }) => runs.size === 0).map(({ name }) => name)
  }

  get comparisons(): ClockComparison[] {
    const nowUs = nowUsOf(this.#settings)
    return this.#runs.map(run => comparisonOf(run, nowUs))
  }

  close(): void {
    clearInterval(this.#timer)
    for (const peer of this.#peers) peer.close()
    this.#listener?.close()
  }

  get #runs(): PeerRun[] {
    return this.#peers.flatMap(({ runs }) => [...runs.values()])
  }

  #publish(): void {
    const nowUs = nowUsOf(this.#settings)
    const known = this.#runs.flatMap(run => {
      const offset = offsetOf(run, nowUs)
      return offset === undefined ? [] : [{ run: run.run, ...offset }]
    })
    this.#shared!.publish(known)
  }
}

/** With the fractions of a microsecond that stamps leave out. */
const nowUsOf = ({ clock, origin }: ClocksSettings): number => origin.wallUs + clock.nowNs() / 1000

function comparisonOf(run: PeerRun, nowUs: number): ClockComparison {
  const { estimate, exactUs, peer } = run
  const offset = offsetOf(run, nowUs)
  return {
    how: 'exchanged',
    peer,
    run: runText(run.run),
    ...(offset === undefined ? {} : { offsetMs: offset.offsetUs / 1000, errorMs: offset.errorUs / 1000 }),
    exact: offset !== undefined && offset.offsetUs === exactUs,
    exchanges: estimate.exchanges,
    roundTripMsMin: estimate.roundTripUsMin / 1000,
    steps: estimate.steps,
  }
}
