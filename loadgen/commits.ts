// Commits the positions of a consuming run for its group, now and then and at the end: a simple consumer, which commits
// without being a member (generation -1), since its partitions are assigned by hand.
import { commitOffsets } from '../wire/admin.ts'
import type { Cluster } from '../wire/cluster.ts'
import type { Crew } from './crew.ts'
import type { BenchPlan } from './plan.ts'
import type { RunTopic } from './topic.ts'

const commitEveryMs = 5_000

export class GroupCommitter {
  readonly #commit: (() => Promise<void>) | undefined
  readonly #timer: NodeJS.Timeout | undefined
  #failure: unknown
  #last: Promise<void> = Promise.resolve()

  constructor(cluster: Cluster, plan: BenchPlan, topic: RunTopic, crew: Crew) {
    const group = plan.consume?.group
    if (group === undefined) return
    this.#commit = async () => {
      const positions = new Map<number, number>()
      for (const outcome of crew.outcomesOf('consume')) {
        for (const [partition, offset] of Object.entries(outcome.positions)) positions.set(Number(partition), offset)
      }
      if (positions.size > 0) await commitOffsets(cluster, group, topic.name, positions)
    }
    this.#timer = setInterval(() => this.#commitInTurn(), commitEveryMs)
  }

  /** Commits the last positions; throws the first commit error, so that lost progress is never silent. */
  async finish(): Promise<void> {
    clearInterval(this.#timer)
    this.#commitInTurn()
    await this.#last
    if (this.#failure !== undefined) throw this.#failure
  }

  #commitInTurn(): void {
    const commit = this.#commit
    if (commit === undefined) return
    this.#last = this.#last.then(commit).catch((error: unknown) => {
      this.#failure ??= error
    })
  }
}
