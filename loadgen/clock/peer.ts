// Asks another run for its clock (--clock-peer), again and again, and keeps an estimate for each run that has answered there: one
// that ends is followed by another, and its records may still be read.
import { createSocket, type Socket } from 'node:dgram'
import type { HostPort } from '../../wire/settings.ts'
import type { RunIdentity } from '../payload/stamp.ts'
import { type Answer, decodeAnswer, encodeQuestion } from './frames.ts'
import { type Offset, OffsetEstimate } from './offset-estimate.ts'

/** Exchanges before an estimate is used: the best of a few is much better than the first. */
const settledExchanges = 8
/** Until then questions follow each other closely. */
const settlingMs = 10
const steadyMs = 100
/** Runs that are remembered for each peer. */
const runsRememberedMax = 16

export interface PeerSettings {
  readonly host: number
  readonly anchorUs: number
  readonly nowUs: () => number
  readonly onRun: (run: number) => void
}

/** What is known of the clock of a run. */
export interface PeerRun extends RunIdentity {
  readonly peer: string
  /** Same host and, as its answers confirm, same clock: the offset is the difference of two anchors, exactly. */
  readonly exactUs: number | undefined
  readonly estimate: OffsetEstimate
}

export class ClockPeer {
  readonly name: string
  readonly runs = new Map<number, PeerRun>()
  readonly #socket: Socket
  readonly #settings: PeerSettings
  readonly #at: HostPort
  #number = 0
  #lastRun: number | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(at: HostPort, settings: PeerSettings) {
    this.name = `${at.host}:${at.port}`
    this.#at = at
    this.#settings = settings
    this.#socket = createSocket(at.host.includes(':') ? 'udp6' : 'udp4')
    // Nobody there yet, or no more, or a name that does not resolve: asked again, and told at the end if nobody ever answers.
    this.#socket.on('error', () => {})
    this.#socket.on('message', frame => this.#heard(frame))
    this.#socket.unref()
    this.#ask()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#socket.close()
  }

  #ask(): void {
    this.#number = (this.#number + 1) % 2 ** 32
    const { host, port } = this.#at
    const question = { number: this.#number, askedUs: this.#settings.nowUs() }
    this.#socket.send(encodeQuestion(question), port, host, () => {})
    const current = this.#lastRun === undefined ? undefined : this.runs.get(this.#lastRun)
    const isSettling = current !== undefined && current.estimate.exchanges < settledExchanges
    this.#timer = setTimeout(() => this.#ask(), isSettling ? settlingMs : steadyMs)
    this.#timer.unref()
  }

  #heard(frame: Buffer): void {
    const cameUs = this.#settings.nowUs()
    const answer = decodeAnswer(frame)
    // An answer to a question of before says nothing wrong, but what was asked when is known only from the answer itself.
    if (answer === undefined || answer.number !== this.#number) return
    const run = this.runs.get(answer.run) ?? this.#meet(answer)
    this.#lastRun = answer.run
    run.estimate.add({ ...answer, cameUs })
  }

  #meet({ run, host, anchorUs }: Answer): PeerRun {
    const { onRun, ...own } = this.#settings
    const exactUs = host === own.host ? anchorUs - own.anchorUs : undefined
    const met: PeerRun = { peer: this.name, run, host, exactUs, estimate: new OffsetEstimate() }
    this.runs.set(run, met)
    if (this.runs.size > runsRememberedMax) this.runs.delete(this.runs.keys().next().value!)
    onRun(run)
    return met
  }
}

/** Resolution of a stamp. */
export const resolutionUs = 1

/** The offset of a run's clock at a moment of ours; undefined: it is not known well enough yet. */
export function offsetOf({ exactUs, estimate }: PeerRun, us: number): Offset | undefined {
  const estimated = estimate.exchanges < settledExchanges ? undefined : estimate.at(us)
  if (estimated === undefined) return undefined
  // One boot id and yet two clocks: a container with a time of its own.
  const isExact = exactUs !== undefined && Math.abs(exactUs - estimated.offsetUs) <= estimated.errorUs + resolutionUs
  if (isExact) return { offsetUs: exactUs, errorUs: resolutionUs }
  return { ...estimated, errorUs: estimated.errorUs + resolutionUs }
}
