// Stands before every handler and lets the faults have their way with a request. The order is that of a real broker:
// a request waits (stall, delay, disk), is lost or refused or handled, and its answer waits, is damaged or lost.

import { kafkaErrors } from '../../wire/error-codes.ts'
import type { Api } from '../../wire/schema.ts'
import type { ConnectionState, Interceptor, Outcome, RequestContext } from '../handler.ts'
import { corruptBatches, keepBatches, recordBytesIn } from './damage.ts'
import { joined, refusal, refuseIn } from './error-answers.ts'
import type { RequestEffect } from './fault.ts'
import { type Fields, hasTopics, isFields, namesAny, type TopicNameOf, withOnly } from './named-topics.ts'
import type { Rule } from './rule.ts'

export interface InterceptorDeps {
  readonly rules: () => readonly Rule[]
  readonly nowMs: () => number
  /** Resolves at this time. */
  readonly wait: (untilMs: number) => Promise<void>
  /** In [0, 1). */
  readonly fraction: () => number
  readonly nameOf: TopicNameOf
  /** The topics that a fetch session asks for without naming them again. */
  readonly sessionTopics: (request: unknown) => unknown
}

const noError = 0

/** Reading twice does no harm: these are handled first and refused afterwards, so that the answer is of their shape. */
const readingOnly =
  /^(Fetch|Metadata|ListOffsets|OffsetFetch|FindCoordinator|OffsetForLeaderEpoch|ApiVersions|List\w+|\w*Describe\w*)$/

interface Request {
  readonly context: RequestContext
  readonly api: Api
  readonly body: unknown
  readonly handle: () => Promise<unknown>
}

type Effect<Kind extends RequestEffect['kind']> = Extract<RequestEffect, { kind: Kind }>

export class FaultInterceptor implements Interceptor {
  readonly #deps: InterceptorDeps
  /** Until when a throttled connection is not read from (KIP-219). */
  readonly #mutedUntilMs = new WeakMap<ConnectionState, number>()

  constructor(deps: InterceptorDeps) {
    this.#deps = deps
  }

  intercept(
    context: RequestContext,
    api: Api,
    body: unknown,
    handle: () => Promise<unknown>,
  ): Promise<Outcome> | undefined {
    const { clientId, brokerId, connection } = context
    const facts = { apiName: api.name, clientId, brokerId }
    const rules = this.#deps.rules().filter(rule => rule.isFor(facts) && this.#isNamed(rule, api, body))
    if (rules.length === 0 && !this.#mutedUntilMs.has(connection)) return undefined
    return this.#run({ context, api, body, handle }, rules)
  }

  /** Topics that the request names, or that its session stands for. */
  #isNamed({ isNamed }: Rule, api: Api, body: unknown): boolean {
    if (isNamed === undefined) return true
    const { nameOf, sessionTopics } = this.#deps
    return namesAny(body, nameOf, isNamed) || (api.name === 'Fetch' && namesAny(sessionTopics(body), nameOf, isNamed))
  }

  async #run(request: Request, rules: readonly Rule[]): Promise<Outcome> {
    await this.#unmute(request.context.connection)
    await this.#stall(rules)
    const struck = this.#strike(rules)
    await this.#delay(struck)
    await this.#disk(struck, request.body)
    if (struck.some(({ fault }) => fault.effect.kind === 'drop' && fault.effect.when !== 'answer'))
      return { kind: 'close' }
    if (request.api.name === 'Produce' && has(struck, 'corrupt-crc')) corruptBatches(request.body)

    const answer = await this.#answer(request, struck)
    if (answer === 'close') return { kind: 'close' }
    // An answer that was on its way when the stall began (a long poll) does not get past it either.
    await this.#stall(rules)
    return this.#send(request, struck, answer)
  }

  // ---- waiting ----

  async #unmute(connection: ConnectionState): Promise<void> {
    const untilMs = this.#mutedUntilMs.get(connection)
    if (untilMs === undefined) return
    await this.#deps.wait(untilMs)
    if (this.#mutedUntilMs.get(connection) === untilMs) this.#mutedUntilMs.delete(connection)
  }

  /** Waits until no stall is on: at the end of one another may have begun. */
  async #stall(rules: readonly Rule[]): Promise<void> {
    for (let rule = this.#stallOf(rules); rule !== undefined; rule = this.#stallOf(rules)) await rule.hold()
  }

  #stallOf(rules: readonly Rule[]): Rule | undefined {
    const nowMs = this.#deps.nowMs()
    return rules.find(rule => {
      if (rule.fault.effect.kind !== 'stall') return false
      const window = rule.windowAt(nowMs)
      return window !== undefined && rule.strike(window, this.#deps.fraction)
    })
  }

  /** The other faults that are on now and strike. */
  #strike(rules: readonly Rule[]): Rule[] {
    const nowMs = this.#deps.nowMs()
    return rules.filter(rule => {
      if (rule.fault.effect.kind === 'stall') return false
      const window = rule.windowAt(nowMs)
      return window !== undefined && rule.strike(window, this.#deps.fraction)
    })
  }

  async #delay(struck: readonly Rule[]): Promise<void> {
    const delayMs = effectsOf(struck, 'delay').reduce(
      (sum, { ms, jitterMs = 0 }) => sum + ms + jitterMs * this.#deps.fraction(),
      0,
    )
    if (delayMs > 0) await this.#deps.wait(this.#deps.nowMs() + delayMs)
  }

  /** The bytes of all connections go through one disk, one after the other. */
  async #disk(struck: readonly Rule[], message: unknown): Promise<void> {
    const nowMs = this.#deps.nowMs()
    let freeAtMs = nowMs
    for (const rule of struck) {
      const { effect } = rule.fault
      if (effect.kind !== 'slow-disk') continue
      const bytes = recordBytesIn(message)
      const fromMs = Math.max(rule.diskFreeAtMs, nowMs - (effect.burstMs ?? 0))
      // What carries nothing waits its turn, and uses up nothing of what was saved.
      if (bytes > 0) rule.diskFreeAtMs = fromMs + (bytes / effect.bytesPerSec) * 1000
      freeAtMs = Math.max(freeAtMs, rule.diskFreeAtMs)
    }
    if (freeAtMs > nowMs) await this.#deps.wait(freeAtMs)
  }

  // ---- answering ----

  async #answer(request: Request, struck: readonly Rule[]): Promise<unknown> {
    const refusing = struck.find(({ fault }) => fault.effect.kind === 'error')
    if (refusing === undefined) return this.#handle(request, struck)
    const errorCode = codeOf(refusing.fault.effect as Effect<'error'>)
    const { api, body } = request
    // Nobody waits for an answer to acks=0: a broker closes the connection to say that something is wrong.
    if (api.name === 'Produce' && isFields(body) && body.acks === 0) return 'close'
    if (readingOnly.test(api.name)) {
      const answer = await request.handle()
      refuseIn(api, answer, errorCode, this.#deps.nameOf, refusing.isNamed)
      return answer
    }
    return this.#refuse(request, refusing, errorCode)
  }

  /** As asked; or a broker that acknowledges what it does not keep, or keeps it twice. */
  async #handle({ api, body, handle }: Request, struck: readonly Rule[]): Promise<unknown> {
    if (api.name !== 'Produce' || !isFields(body)) return handle()
    const losing = struck.find(({ fault }) => fault.effect.kind === 'lose')
    if (losing !== undefined) return this.#lose({ api, body, handle }, losing)
    const repeating = struck.find(({ fault }) => fault.effect.kind === 'repeat')
    if (repeating === undefined) return handle()
    // A broker may write its own time into a batch: the second copy is taken first.
    const putBack = keepBatches(body)
    const answer = await handle()
    putBack()
    Object.assign(body, this.#named(body, repeating))
    await handle()
    return answer
  }

  /** What the fault does not name is done. */
  async #lose(
    { api, body, handle }: { api: Api; body: Fields; handle: Request['handle'] },
    losing: Rule,
  ): Promise<unknown> {
    const lost = refusal(api, this.#named(body, losing), noError)
    const rest = losing.isNamed === undefined ? { ...body, topicData: [] } : this.#unnamed(body, losing)
    Object.assign(body, rest)
    if (!hasTopics(body)) return body.acks === 0 ? undefined : lost
    const answer = await handle()
    return body.acks === 0 ? answer : joined(answer, lost)
  }

  #named(body: Fields, { isNamed }: Rule): Fields {
    return isNamed === undefined ? { ...body } : (withOnly(body, this.#deps.nameOf, isNamed) as Fields)
  }

  #unnamed(body: Fields, { isNamed }: Rule): Fields {
    return withOnly(body, this.#deps.nameOf, (topic, partition) => !isNamed!(topic, partition)) as Fields
  }

  /** What is refused is not done; what the fault does not name is. */
  async #refuse({ api, body, handle }: Request, { isNamed }: Rule, errorCode: number): Promise<unknown> {
    if (isNamed === undefined || !isFields(body)) return refusal(api, body, errorCode)
    const { nameOf } = this.#deps
    const refused = refusal(api, withOnly(body, nameOf, isNamed), errorCode)
    const rest = withOnly(body, nameOf, (topic, partition) => !isNamed(topic, partition))
    if (!hasTopics(rest)) return refused
    // The handler has this very object.
    Object.assign(body, rest)
    return joined(await handle(), refused)
  }

  async #send({ context, api }: Request, struck: readonly Rule[], body: unknown): Promise<Outcome> {
    if (api.name === 'Fetch') await this.#disk(struck, body)
    if (api.name === 'Fetch' && has(struck, 'corrupt-crc')) corruptBatches(body)
    if (has(struck, 'drop')) return { kind: 'close' }
    const throttleMs = Math.max(0, ...effectsOf(struck, 'throttle').map(({ ms }) => ms))
    if (throttleMs > 0) this.#throttle(context.connection, body, throttleMs)
    if (!has(struck, 'truncate')) return { kind: 'answer', body }
    const rewrite = (frame: Buffer) => frame.subarray(0, Math.ceil(frame.length / 2))
    return { kind: 'answer', body, rewrite, closeAfter: true }
  }

  #throttle(connection: ConnectionState, body: unknown, throttleMs: number): void {
    this.#mutedUntilMs.set(connection, this.#deps.nowMs() + throttleMs)
    if (isFields(body)) body.throttleTimeMs = Math.ceil(throttleMs)
  }
}

function effectsOf<Kind extends RequestEffect['kind']>(rules: readonly Rule[], kind: Kind): Effect<Kind>[] {
  return rules.map(({ fault }) => fault.effect).filter(effect => effect.kind === kind) as Effect<Kind>[]
}

const has = (rules: readonly Rule[], kind: RequestEffect['kind']): boolean =>
  rules.some(({ fault }) => fault.effect.kind === kind)

const codes = new Map([...kafkaErrors.values()].map(({ name, code }) => [name, code]))
const codeOf = ({ code }: Effect<'error'>): number => codes.get(code)!
