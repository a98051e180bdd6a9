// Commits the positions of a consuming run for its group, now and then and at the end: a simple consumer, which commits
// without being a member (generation -1), since its partitions are assigned by hand.
import { commitOffsets } from '../wire/admin.ts'
import type { Cluster } from '../wire/cluster.ts'
import type { Crew } from './crew.ts'
import type { BenchPlan } from './plan.ts'
import type { RunTopic } from './topic.ts'

const commitEveryMsDefault = 5_000

export class GroupCommitter {
  readonly #commit: (() => Promise<void>) | undefined
  readonly #timer: NodeJS.Timeout | undefined
  readonly #onFailure: (error: Error) => void
  #running: Promise<void> | undefined

  constructor(
    cluster: Cluster,
    plan: BenchPlan,
    topic: Pick<RunTopic, 'name'>,
    crew: Pick<Crew, 'outcomesOf'>,
    onNotice: (text: string) => void,
  ) {
    this.#onFailure = error => onNotice(`group ${plan.consume?.group}: not committed: ${error.message}`)
    const group = plan.consume?.group
    // Members commit by themselves, millrace's and those of a client under test.
    if (group === undefined || plan.driver !== undefined || plan.consume?.members !== undefined) return
    this.#commit = async () => {
      const positions = new Map<number, number>()
      for (const outcome of crew.outcomesOf('consume')) {
        for (const [partition, offset] of Object.entries(outcome.positions)) positions.set(Number(partition), offset)
      }
      if (positions.size > 0) await commitOffsets(cluster, group, topic.name, positions)
    }
    const everyMs = plan.consume?.commitIntervalMs ?? commitEveryMsDefault
    this.#timer = setInterval(() => this.#commitNow(), everyMs)
  }

  /** Commits the last positions; throws when that fails, so that lost progress is never silent. */
  async finish(): Promise<void> {
    clearInterval(this.#timer)
    await this.#running
    await this.#commit?.()
  }

  /** A commit that is still under way holds the next one up: its positions would be old before they are sent. */
  #commitNow(): void {
    if (this.#commit === undefined || this.#running !== undefined) return
    // What fails now is tried again with the next one; the last one decides.
    this.#running = this.#commit()
      .catch((error: unknown) => this.#onFailure(error as Error))
      .finally(() => {
        this.#running = undefined
      })
  }
}
