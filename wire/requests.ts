// Turns calls into frames and frames into results: the typed end of the pipeline.
import type { Clock } from '../core/clock.ts'
import { isMillraceError, MillraceError } from '../core/errors.ts'
import { decodeResponse, encodeRequest } from './frame.ts'
import type { PendingRequest, Pipeline } from './pipeline.ts'
import type { Api, RequestOf, ResponseOf } from './schema.ts'

export interface Call<A extends Api> {
  readonly api: A
  readonly version: number
  readonly body: RequestOf<A>
  readonly timeoutMs: number
}

export interface RequestsOptions {
  readonly peer: string
  readonly clientId: string
  readonly clock: Clock
  readonly pipeline: Pipeline
}

export class Requests {
  readonly #options: RequestsOptions
  #correlationId = 0

  constructor(options: RequestsOptions) {
    this.#options = options
  }

  /** `take` makes the result while the frame is at hand. */
  ask<A extends Api, Result>(call: Call<A>, take: (answer: ResponseOf<A>, frame: Buffer) => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      const answered = (frame: Buffer) => resolve(take(this.#decode(call, frame), frame))
      this.#options.pipeline.submit({ ...this.#encode(call), answered, failed: reject })
    })
  }

  /** Ahead of everything that waits. */
  askFirst<A extends Api>(call: Call<A>): Promise<ResponseOf<A>> {
    return new Promise((resolve, reject) => {
      const answered = (frame: Buffer) => resolve(this.#decode(call, frame))
      this.#options.pipeline.submitFirst({ ...this.#encode(call), answered, failed: reject })
    })
  }

  /** No answer will come. Throws when too many requests wait. */
  tell<A extends Api>(call: Call<A>): void {
    let refused: MillraceError | undefined
    const failed = (error: MillraceError) => {
      refused = error
    }
    this.#options.pipeline.submit({ ...this.#encode(call), answered: undefined, failed })
    if (refused !== undefined) throw refused
  }

  #encode<A extends Api>({
    api,
    version,
    body,
    timeoutMs,
  }: Call<A>): Pick<PendingRequest, 'label' | 'correlationId' | 'chunks' | 'deadlineNs'> {
    this.#correlationId = (this.#correlationId + 1) & 0x7fff_ffff
    const correlationId = this.#correlationId
    return {
      label: `${api.name} (${correlationId})`,
      correlationId,
      chunks: encodeRequest(api, version, correlationId, this.#options.clientId, body),
      deadlineNs: this.#options.clock.nowNs() + timeoutMs * 1e6,
    }
  }

  #decode<A extends Api>({ api, version }: Call<A>, frame: Buffer): ResponseOf<A> {
    try {
      return decodeResponse(api, version, frame).body
    } catch (cause) {
      if (!isMillraceError(cause)) throw cause
      const where = `${this.#options.peer}: ${api.name} version ${version}`
      throw new MillraceError(cause.code, `${where}: ${cause.message}`, { cause })
    }
  }
}
