// A cluster in the test's hands, on fake time and without sockets, asked as over the wire: request and answer go through the
// bytes of the asked version, so that what a handler answers is also shown to be encodable.
import { type ClusterOptions, ClusterState } from '../../broker/cluster.ts'
import type { ConnectionState } from '../../broker/handler.ts'
import { handlerByKey } from '../../broker/handlers/index.ts'
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from '../../wire/frame.ts'
import { type BatchInput, buildBatch } from '../../wire/record-batch/build.ts'
import type { Api, RequestOf, ResponseOf } from '../../wire/schema.ts'
import { FakeTime } from './groups/fake-time.ts'

export interface AskOptions {
  readonly brokerId?: number
  readonly version?: number
}

export interface Bench {
  readonly time: FakeTime
  readonly state: ClusterState
  readonly notices: string[]
  /** undefined: no answer. */
  ask<A extends Api>(api: A, body: RequestOf<A>, options?: AskOptions): Promise<ResponseOf<A> | undefined>
}

export function makeBench(options: ClusterOptions = {}): Bench {
  const time = new FakeTime()
  const notices: string[] = []
  const state = new ClusterState(options, { scheduler: time, onNotice: line => notices.push(line) })
  state.served = [...handlerByKey.values()].map(({ api }) => {
    return { apiKey: api.key, minVersion: api.versions[0], maxVersion: api.versions[1] }
  })
  const ask = async <A extends Api>(api: A, body: RequestOf<A>, { brokerId = 1, version }: AskOptions = {}) => {
    const asked = version ?? api.versions[1]
    const request = decodeRequest(Buffer.concat(encodeRequest(api, asked, 1, 'test', body)).subarray(4))
    const context = { ...contextOf(state, brokerId), version: asked }
    const answer: unknown = await handlerByKey.get(api.key)!.handle(context, request.body as never)
    if (answer === undefined) return undefined
    const frame = Buffer.concat(encodeResponse(api, asked, 1, answer as Parameters<typeof encodeResponse<A>>[3]))
    return decodeResponse(api, asked, frame.subarray(4)).body
  }
  return { time, state, notices, ask }
}

function contextOf(cluster: ClusterState, brokerId: number) {
  const connection: ConnectionState = {
    id: 1,
    clientHost: '127.0.0.1',
    isTls: false,
    listener: 'client',
    principal: 'User:ANONYMOUS',
    sasl: undefined,
    bareToken: undefined,
  }
  const { id: connectionId, clientHost } = connection
  return { cluster, brokerId, clientId: 'test', principal: 'User:ANONYMOUS', connectionId, clientHost, connection }
}

/** A batch of records with these values, as a producer would send it. */
export function batchOf(
  values: readonly string[],
  input: Partial<BatchInput> & { readonly timestampMs?: number } = {},
) {
  const { timestampMs = 1_700_000_000_000, ...batch } = input
  return buildBatch({ records: values.map(value => ({ key: null, value: Buffer.from(value), timestampMs })), ...batch })
}
