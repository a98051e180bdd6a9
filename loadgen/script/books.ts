// What functions have written, so that a topic that they share with scenarios without one can be held against what the brokers have.

/** Since it was told last. */
export interface WrittenByScript {
  /** Acknowledged records by topic and partition. */
  readonly acked: readonly (readonly [topic: string, byPartition: readonly number[]])[]
  /** Topics of which nobody can say how much was stored: a call of produce has failed, or was not acknowledged. */
  readonly uncertain: readonly string[]
}

export class ScriptBooks {
  #acked = new Map<string, number[]>()
  #uncertain = new Set<string>()

  acked(topic: string, partition: number): void {
    let counts = this.#acked.get(topic)
    if (counts === undefined) {
      counts = []
      this.#acked.set(topic, counts)
    }
    counts[partition] = (counts[partition] ?? 0) + 1
  }

  uncertain(topic: string): void {
    this.#uncertain.add(topic)
  }

  take(): WrittenByScript {
    const taken = {
      acked: [...this.#acked].map(([topic, counts]) => [topic, Array.from(counts, count => count ?? 0)] as const),
      uncertain: [...this.#uncertain],
    }
    this.#acked = new Map()
    this.#uncertain = new Set()
    return taken
  }
}
