// What two pages tell beside the series that differs, found again quickly however long they are.
import { labelsOf, nameOf, type Samples, seriesOf } from './samples.ts'

export interface CommitRow {
  readonly partition: string
  readonly value: number
}

export class Evidence {
  readonly theirs: Samples
  readonly ours: Samples
  readonly #typeByGroup = new Map<string, string>()
  /** By name, group and topic: series of kafka_exporter. */
  readonly #rows = new Map<string, CommitRow[]>()

  /** Theirs as read last; ours by their names and by the agent's own. */
  constructor(theirs: Samples, ours: Samples) {
    this.theirs = theirs
    this.ours = ours
    for (const series of ours.keys()) {
      if (nameOf(series) !== 'millrace_consumer_group_info') continue
      const { group, type } = labelsOf(series)
      this.#typeByGroup.set(group!, type!)
    }
    for (const [series, value] of theirs) {
      const { consumergroup, topic, partition } = labelsOf(series)
      if (consumergroup === undefined || partition === undefined) continue
      const key = keyOf(nameOf(series), consumergroup, topic)
      if (!this.#rows.has(key)) this.#rows.set(key, [])
      this.#rows.get(key)!.push({ partition, value })
    }
  }

  /** `classic`, `consumer`, `share`, `streams`; undefined: the agent does not know the group. */
  typeOf(group: string | undefined): string | undefined {
    return group === undefined ? undefined : this.#typeByGroup.get(group)
  }

  /** Of kafka_exporter, with this name, of the group and topic of this series. */
  rowsBeside(series: string, name: string): readonly CommitRow[] {
    const { consumergroup, topic } = labelsOf(series)
    return this.#rows.get(keyOf(name, consumergroup, topic)) ?? []
  }

  /** By kafka_exporter's own page: the commit of this partition lies beyond the end of the log. */
  isBeyondEnd(series: string, partition = labelsOf(series).partition): boolean {
    const { consumergroup, topic } = labelsOf(series)
    const commit = this.theirs.get(seriesOf('kafka_consumergroup_current_offset', { consumergroup, topic, partition }))
    const end = this.theirs.get(seriesOf('kafka_topic_partition_current_offset', { topic, partition }))
    return commit !== undefined && end !== undefined && commit > end
  }

  /** Whether a series is on both pages but for the value of this label. */
  isOnBothBut(label: string, series: string): boolean {
    const without = (each: string) => seriesOf(nameOf(each), { ...labelsOf(each), [label]: undefined })
    const wanted = without(series)
    const name = nameOf(series)
    return [this.theirs, this.ours].every(page =>
      [...page.keys()].some(each => nameOf(each) === name && without(each) === wanted),
    )
  }
}

const keyOf = (name: string, group: string | undefined, topic: string | undefined) =>
  JSON.stringify([name, group, topic])
