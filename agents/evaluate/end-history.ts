// The end offsets of one partition as the agent has seen them, with times: what a time lag is interpolated from.
//
// An end that stays is one entry with the first and the last moment at which it was seen, so an idle partition takes no
// memory. When there are too many entries every second one of the older half goes: what is long ago is known less exactly,
// and the bounds of a time lag say so. Offsets that go back (the topic was made again) make the past worthless.

export interface SeenEnd {
  readonly endOffset: number
  readonly firstSeenMs: number
  lastSeenMs: number
}

const entriesMaxDefault = 64

export class EndHistory {
  readonly #entries: SeenEnd[] = []
  readonly #entriesMax: number

  constructor(entriesMax = entriesMaxDefault) {
    this.#entriesMax = entriesMax
  }

  /** Oldest first. */
  get entries(): readonly SeenEnd[] {
    return this.#entries
  }

  saw(endOffset: number, atMs: number): void {
    const newest = this.#entries.at(-1)
    if (newest?.endOffset === endOffset) {
      newest.lastSeenMs = atMs
      return
    }
    if (newest !== undefined && endOffset < newest.endOffset) this.#entries.length = 0
    this.#entries.push({ endOffset, firstSeenMs: atMs, lastSeenMs: atMs })
    if (this.#entries.length > this.#entriesMax) this.#thinOut()
  }

  #thinOut(): void {
    const half = this.#entries.length >> 1
    const kept = this.#entries.filter((_, index) => index >= half || index % 2 === 0)
    this.#entries.splice(0, this.#entries.length, ...kept)
  }
}
