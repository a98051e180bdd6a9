// What functions have written, so that a topic that they share with scenarios without one can be held against what the brokers have.

/** By partition, where there is something. */
export interface WrittenToTopic {
  /** Acknowledged records, of transactions that were aborted too. */
  readonly acked: readonly number[]
  /** Of the ends of transactions. */
  readonly markers: readonly number[]
  /** Offsets that may be there as well, or not. */
  readonly uncertain: readonly number[]
}

/** Since it was told last. */
export interface WrittenByScript {
  readonly written: readonly (readonly [topic: string, written: WrittenToTopic])[]
  /** Topics of which nobody can say how much was stored: a call of produce has failed, or was not acknowledged. */
  readonly uncertain: readonly string[]
}

type Counts = { readonly [Key in keyof WrittenToTopic]: number[] }

export class ScriptBooks {
  #written = new Map<string, Counts>()
  #uncertain = new Set<string>()

  acked(topic: string, partition: number): void {
    addTo(this.#of(topic).acked, partition, 1)
  }

  /** A transaction has ended; `uncertain`: further markers that may have been written. */
  marked(topic: string, partition: number, uncertain: number): void {
    addTo(this.#of(topic).markers, partition, 1)
    addTo(this.#of(topic).uncertain, partition, uncertain)
  }

  uncertain(topic: string): void {
    this.#uncertain.add(topic)
  }

  take(): WrittenByScript {
    const taken = { written: [...this.#written], uncertain: [...this.#uncertain] }
    this.#written = new Map()
    this.#uncertain = new Set()
    return taken
  }

  #of(topic: string): Counts {
    let counts = this.#written.get(topic)
    if (counts === undefined) {
      counts = { acked: [], markers: [], uncertain: [] }
      this.#written.set(topic, counts)
    }
    return counts
  }
}

function addTo(counts: number[], partition: number, count: number): void {
  // Filled from the front: holes would be lost on the way to the main thread.
  while (counts.length <= partition) counts.push(0)
  counts[partition]! += count
}
