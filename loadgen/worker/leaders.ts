// Who leads the partitions of the run's topic, asked again whenever an error says that it may have changed. A topic that
// is gone is told from one that a broker has not heard of yet by waiting; one that was made anew by its id (KIP-516).
import { MillraceError } from '../../core/errors.ts'
import type { Cluster } from '../../wire/cluster.ts'
import { kafkaCode } from '../../wire/error-codes.ts'

/** A broker that has just come back may not know a topic for some seconds. */
const unknownMsMax = 15_000

export class LeaderLookup {
  readonly #cluster: Pick<Cluster, 'metadata'>
  readonly #topic: { readonly name: string; readonly id: string }
  readonly #partitions: number
  readonly #nowMs: () => number
  #unknownSinceMs: number | undefined

  constructor(
    cluster: Pick<Cluster, 'metadata'>,
    topic: { readonly name: string; readonly id: string },
    partitions: number,
    nowMs: () => number,
  ) {
    this.#cluster = cluster
    this.#topic = topic
    this.#partitions = partitions
    this.#nowMs = nowMs
  }

  /** Leader of each partition; -1: none at the moment. */
  async ask(): Promise<readonly number[]> {
    const { name, id } = this.#topic
    const found = (await this.#cluster.metadata([name], { allowCached: false })).topics.get(name)
    if (found === undefined || found.errorCode === kafkaCode.UNKNOWN_TOPIC_OR_PARTITION) this.#missed()
    else this.#unknownSinceMs = undefined
    if (found !== undefined && found.errorCode === kafkaCode.NONE && found.id !== id) {
      throw new MillraceError('TOPIC_UNKNOWN', `topic '${name}' was deleted and created again during the run`)
    }
    const leaders = new Array<number>(this.#partitions).fill(-1)
    for (const { index, leader } of found?.partitions ?? []) if (index < leaders.length) leaders[index] = leader
    return leaders
  }

  #missed(): void {
    const nowMs = this.#nowMs()
    this.#unknownSinceMs ??= nowMs
    if (nowMs - this.#unknownSinceMs < unknownMsMax) return
    throw new MillraceError('TOPIC_UNKNOWN', `topic '${this.#topic.name}' was deleted during the run`)
  }
}
