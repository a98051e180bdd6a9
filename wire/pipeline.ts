// The requests of one connection: which wait, which are in flight, and which answer belongs to which. Kafka answers the
// requests of a connection in their order, so the next answer is always for the oldest; anything else means that the two
// sides have lost each other and nothing on this connection can be trusted any more.
import type { Clock } from '../core/clock.ts'
import { MillraceError } from '../core/errors.ts'
import { correlationIdOf } from './frame.ts'

export interface PendingRequest {
  /** For messages: `Produce (7)`. */
  readonly label: string
  readonly correlationId: number
  readonly chunks: readonly Buffer[]
  readonly deadlineNs: number
  /** Throws when the frame cannot be read. Undefined: no answer will come (produce with acks=0). */
  readonly answered: ((frame: Buffer) => void) | undefined
  readonly failed: (error: MillraceError) => void
}

export interface PipelineOptions {
  readonly peer: string
  readonly clock: Clock
  readonly inFlightMax: number
  readonly waitingMax: number
  readonly write: (chunks: readonly Buffer[]) => void
  /** A written request was not answered in time: the connection has to go. */
  readonly onTimeout: (error: MillraceError) => void
}

export class Pipeline {
  readonly #options: PipelineOptions
  readonly #waiting: PendingRequest[] = []
  readonly #inFlight: PendingRequest[] = []
  #held = false
  #onEmpty: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #timerDueNs = Number.POSITIVE_INFINITY

  constructor(options: PipelineOptions) {
    this.#options = options
  }

  get inFlight(): number {
    return this.#inFlight.length
  }

  get waiting(): number {
    return this.#waiting.length
  }

  submit(request: PendingRequest): void {
    if (this.#waiting.length >= this.#options.waitingMax) return request.failed(this.#tooMany(request))
    this.#waiting.push(request)
    this.#watch(request.deadlineNs)
    this.#advance()
  }

  /** Passes those that wait: authentication, while the others are held back. */
  submitFirst(request: PendingRequest): void {
    this.#watch(request.deadlineNs)
    this.#write(request)
  }

  /** New requests wait from now on; resolves when none is in flight. */
  hold(): Promise<void> {
    this.#held = true
    if (this.#inFlight.length === 0) return Promise.resolve()
    return new Promise(resolve => {
      this.#onEmpty = resolve
    })
  }

  release(): void {
    this.#held = false
    this.#advance()
  }

  /** Throws FRAME_CORRUPT when the frame answers nothing that was asked, or cannot be read. */
  accept(frame: Buffer): void {
    const correlationId = correlationIdOf(frame)
    const request = this.#inFlight[0]
    if (request === undefined || request.correlationId !== correlationId) throw this.#unexpected(correlationId)
    this.#inFlight.shift()
    this.#advance()
    try {
      request.answered!(frame)
    } catch (error) {
      request.failed(error as MillraceError)
      throw error
    }
    if (this.#inFlight.length === 0) this.#emptied()
  }

  /** Everything in flight and waiting ends with this error. */
  fail(error: MillraceError): void {
    clearTimeout(this.#timer)
    for (const request of this.#inFlight.splice(0)) request.failed(error)
    for (const request of this.#waiting.splice(0)) request.failed(error)
    this.#emptied()
  }

  #advance(): void {
    while (!this.#held && this.#waiting.length > 0 && this.#inFlight.length < this.#options.inFlightMax) {
      this.#write(this.#waiting.shift()!)
    }
  }

  #write(request: PendingRequest): void {
    if (request.answered !== undefined) this.#inFlight.push(request)
    this.#options.write(request.chunks)
  }

  #emptied(): void {
    this.#onEmpty?.()
    this.#onEmpty = undefined
  }

  // ---- deadlines: one timer, at the earliest of them ----

  #watch(deadlineNs: number): void {
    if (deadlineNs >= this.#timerDueNs) return
    clearTimeout(this.#timer)
    this.#timerDueNs = deadlineNs
    const delayMs = Math.ceil((deadlineNs - this.#options.clock.nowNs()) / 1e6)
    this.#timer = setTimeout(() => this.#expire(), Math.max(delayMs, 0))
  }

  #expire(): void {
    this.#timerDueNs = Number.POSITIVE_INFINITY
    const nowNs = this.#options.clock.nowNs()
    const isLate = (request: PendingRequest) => request.deadlineNs <= nowNs
    for (const request of this.#waiting.filter(isLate)) {
      this.#waiting.splice(this.#waiting.indexOf(request), 1)
      request.failed(this.#late(request, 'was not sent in time, so many others were before it'))
    }
    const unanswered = this.#inFlight.filter(isLate)
    for (const request of unanswered) {
      this.#inFlight.splice(this.#inFlight.indexOf(request), 1)
      request.failed(this.#late(request, 'was not answered in time'))
    }
    if (unanswered.length > 0) this.#options.onTimeout(this.#late(unanswered[0]!, 'was not answered in time'))
    for (const request of [...this.#inFlight, ...this.#waiting]) this.#watch(request.deadlineNs)
  }

  #late({ label }: PendingRequest, what: string): MillraceError {
    return new MillraceError('REQUEST_TIMEOUT', `${this.#options.peer}: ${label} ${what}`, { retriable: true })
  }

  #tooMany({ label }: PendingRequest): MillraceError {
    const { peer, waitingMax } = this.#options
    return new MillraceError('QUEUE_FULL', `${peer}: ${label} refused, ${waitingMax} requests wait already`, {
      retriable: true,
    })
  }

  #unexpected(correlationId: number): MillraceError {
    const expected = this.#inFlight[0]
    const wanted = expected === undefined ? 'nothing was asked' : `${expected.label} was next`
    const what = `an answer with correlation id ${correlationId}, but ${wanted}`
    return new MillraceError('FRAME_CORRUPT', `${this.#options.peer}: ${what}`)
  }
}
