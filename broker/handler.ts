// What a handler is: one API, its request in, its answer out. The server has decoded the request and encodes the answer.
import type { ResponseBodyOf } from '../wire/frame.ts'
import type { Api, DecodedOf } from '../wire/schema.ts'
import type { ClusterState, ListenerName } from './cluster.ts'

/** What a connection is known to be, from its opening to its end. SASL handlers are the ones that change it. */
export interface ConnectionState {
  readonly id: number
  readonly clientHost: string
  readonly isTls: boolean
  /** Through which it came in: the addresses that it is told are of the same one, as Kafka does it. */
  readonly listener: ListenerName
  /** Aborted when the connection ends: whoever holds an answer back for it need not any more. */
  readonly signal?: AbortSignal
  /** undefined: SASL is asked for and not done yet; the server then lets ApiVersions and the SASL APIs pass, no others. */
  principal: string | undefined
  /** The conversation under way, owned by sasl.ts. */
  sasl: unknown
  /** Set after SaslHandshake v0: the frames that follow are bare SASL tokens, not requests. Throws to refuse. */
  bareToken: ((token: Buffer) => Buffer | Promise<Buffer>) | undefined
}

export interface RequestContext {
  readonly cluster: ClusterState
  /** The broker whose listener took the request. */
  readonly brokerId: number
  readonly clientId: string | null
  readonly principal: string
  readonly version: number
  readonly connectionId: number
  readonly clientHost: string
  readonly connection: ConnectionState
}

/** A request as the server decoded it: every field is there. Its `records` are views of the frame and end with the answer. */
export type RequestBodyOf<A extends Api> = DecodedOf<A['request']>

/** undefined: there is no answer (produce with acks=0). */
export type AnswerOf<A extends Api> = ResponseBodyOf<A> | undefined

export interface Handler<A extends Api = Api> {
  readonly api: A
  /** An error that it throws is a bug: the server logs it and closes the connection. Errors of the protocol are codes. */
  handle(context: RequestContext, request: RequestBodyOf<A>): AnswerOf<A> | Promise<AnswerOf<A>>
}

/** Types a handler by its API, so that a handler file says nothing twice. */
export function handlerOf<A extends Api>(api: A, handle: Handler<A>['handle']): Handler<A> {
  return { api, handle }
}

// ---- faults ----

/** What becomes of a request in which a fault has a hand. */
export type Outcome =
  | { readonly kind: 'close' }
  | {
      readonly kind: 'answer'
      /** undefined: no answer goes out, and the connection goes on. */
      readonly body: unknown
      /** Changes the bytes that go out (size field first): truncate, corrupt. */
      readonly rewrite?: (frame: Buffer) => Buffer
      /** The connection closes behind the answer. */
      readonly closeAfter?: boolean
    }

/** Stands before every handler. */
export interface Interceptor {
  /** undefined: not this one's business, which must be found out quickly. `handle` runs the handler, when and if called. */
  intercept(
    context: RequestContext,
    api: Api,
    request: unknown,
    handle: () => Promise<unknown>,
  ): Promise<Outcome> | undefined
}
