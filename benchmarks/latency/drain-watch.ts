// How long a stalled broker takes to catch up, seen from the broker's side: its end offsets, asked for every few milliseconds around
// a stall, and no latency of anybody's. Asking is not stalled.
import { setTimeout as delay } from 'node:timers/promises'
import { settingsOf } from '../../test/kafka/settings.ts'
import { listOffsets } from '../../wire/admin.ts'
import { Cluster } from '../../wire/cluster.ts'

interface Sample {
  readonly sec: number
  readonly records: number
}

const everyMs = 2
/** Records come in batches: the log is up with the schedule when it is no further behind than it was before the stall. */
const slackSec = 0.002

export class DrainWatch {
  readonly #cluster: Cluster
  readonly #samples: Sample[] = []
  #isOver = false
  #work: Promise<void> | undefined

  static async open(bootstrap: string): Promise<DrainWatch> {
    return new DrainWatch(await Cluster.connect(settingsOf(bootstrap)))
  }

  private constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  start(topic: string): void {
    this.#work = (async () => {
      while (!this.#isOver) {
        const ends = await listOffsets(this.#cluster, topic, 'all', 'latest')
        const records = [...ends.values()].reduce((sum, { offset }) => sum + offset, 0)
        this.#samples.push({ sec: performance.now() / 1000, records })
        await delay(everyMs)
      }
    })()
  }

  /** Seconds from one growth of the log to the next. */
  async growthsSec(): Promise<number[]> {
    await this.#end()
    return growthsSecIn(this.#samples)
  }

  /** The stall that was watched. */
  async drain(perSec: number): Promise<Drain> {
    await this.#end()
    return drainIn(this.#samples, perSec)
  }

  async #end(): Promise<void> {
    this.#isOver = true
    // A broker that has gone meanwhile has told all that it will.
    await this.#work?.catch(() => {})
    await this.#cluster.close()
  }
}

/** Partitions that grow within a few milliseconds of each other grow by one request. */
const onceSec = 0.1

export function growthsSecIn(samples: readonly Sample[]): number[] {
  const grown: number[] = []
  for (let index = 1; index < samples.length; index++) {
    const { sec, records } = samples[index]!
    if (records > samples[index - 1]!.records && sec - (grown.at(-1) ?? 0) > onceSec) grown.push(sec)
  }
  return grown.slice(1).map((sec, index) => sec - grown[index]!)
}

export interface DrainPart {
  readonly records: number
  /** How much later than the mean without a stall its first and its last record came; those between were asked for evenly. */
  readonly firstSec: number
  readonly lastSec: number
}

/** A stall, from when the log stood still to when it was up with the schedule again. */
export interface Drain {
  readonly affectedSec: number
  /** All its records, in parts that came into the log together. */
  readonly parts: readonly DrainPart[]
}

/** The longest time without a new record is the stall; before it the log keeps up with the schedule. */
export function drainIn(samples: readonly Sample[], perSec: number): Drain {
  let begin = 0
  let longestSec = 0
  let lastChange = 0
  for (let index = 1; index < samples.length; index++) {
    if (samples[index]!.records === samples[lastChange]!.records) continue
    const stoodSec = samples[index]!.sec - samples[lastChange]!.sec
    if (stoodSec > longestSec) [longestSec, begin] = [stoodSec, lastChange]
    lastChange = index
  }
  const before = samples.slice(Math.max(0, begin - 100), begin + 1)
  // How far behind the schedule the log is on average, as a moment of a line through what came before.
  const zeroSec = before.reduce((sum, { sec, records }) => sum + sec - records / perSec, 0) / before.length
  const end = samples.findIndex(({ sec, records }, index) => {
    return index > begin && records > samples[begin]!.records && records >= (sec - slackSec - zeroSec) * perSec
  })
  if (end < 0) throw new Error('the broker has not caught up while it was watched')
  const parts = []
  for (let index = begin + 1; index <= end; index++) {
    const [last, now] = [samples[index - 1]!, samples[index]!]
    if (now.records === last.records) continue
    // Somewhere between two looks.
    const atSec = (last.sec + now.sec) / 2 - zeroSec
    const behindSec = (records: number) => atSec - records / perSec
    const [firstSec, lastSec] = [behindSec(last.records), behindSec(now.records)]
    parts.push({ records: now.records - last.records, firstSec, lastSec })
  }
  return { affectedSec: samples[end]!.sec - samples[begin]!.sec, parts }
}
