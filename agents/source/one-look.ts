// A cluster as one look asks it. A broker that has kept silent is not asked again in the same look, so that a frozen one costs one
// timeout and not one for each kind of request. And a look must not end as if calm reigned when the cluster has gone away in the
// middle of it: what was heard by then is torn, and the data of the last whole look are worth more.
import { isMillraceError, type MillraceError } from '../../core/errors.ts'
import type { Cluster, Target } from '../../wire/cluster.ts'
import type { SendOptions } from '../../wire/connection.ts'
import type { Api, RequestOf, ResponseOf } from '../../wire/schema.ts'
import { isOutOfReach } from '../gap.ts'

/** What sources need of a cluster. */
export type AskedCluster = Pick<Cluster, 'metadata' | 'send' | 'forget'>

interface Heard {
  answers: number
  /** Of the newest request; undefined: it was answered. */
  failure: MillraceError | undefined
  /** Not to be asked again. */
  isSilent: boolean
}

export class OneLook implements AskedCluster {
  readonly #cluster: AskedCluster
  readonly #brokers = new Map<number, Heard>()
  /** Of all requests to brokers, in the order of their ends. */
  #isLastFailed = false

  constructor(cluster: AskedCluster) {
    this.#cluster = cluster
  }

  metadata: Cluster['metadata'] = (selection, options) => this.#cluster.metadata(selection, options)

  forget(error: MillraceError): void {
    this.#cluster.forget(error)
  }

  async send<A extends Api>(target: Target, api: A, body: RequestOf<A>, options?: SendOptions): Promise<ResponseOf<A>> {
    if (typeof target === 'string' || !('broker' in target)) return this.#cluster.send(target, api, body, options)
    const heard = this.#heardOf(target.broker)
    if (heard.isSilent) throw heard.failure
    const { answers } = heard
    try {
      const answer = await this.#cluster.send(target, api, body, options)
      heard.answers++
      heard.failure = undefined
      this.#isLastFailed = false
      return answer
    } catch (error) {
      if (isMillraceError(error) && isOutOfReach(error)) {
        heard.failure = error
        // One that answers other questions meanwhile is slow with this one, not frozen.
        heard.isSilent = heard.answers === answers && error.code !== 'CONNECTION_CLOSED'
        this.#isLastFailed = true
      }
      throw error
    }
  }

  #heardOf(broker: number): Heard {
    const heard = this.#brokers.get(broker) ?? { answers: 0, failure: undefined, isSilent: false }
    this.#brokers.set(broker, heard)
    return heard
  }

  /** Throws when nobody is there any more. Single brokers that are out of reach are gaps, and no reason. */
  async assertAnswered(): Promise<void> {
    const heard = [...this.#brokers.values()]
    const failed = heard.flatMap(({ failure }) => failure ?? [])
    if (failed.length === 0) return
    if (failed.length === heard.length) throw failed[0]
    // Others answered before, which says little of now: one answer more does.
    if (this.#isLastFailed) await this.#cluster.metadata([], { allowCached: false })
  }
}
