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
  /** By group and topic, as the agent read them. */
  readonly #commits = new Map<string, CommitRow[]>()
  /** By topic and partition: either of the two has found where the log ends. */
  readonly #ends = new Set<string>()

  /** Theirs as read last; ours by their names and by the agent's own. */
  constructor(theirs: Samples, ours: Samples) {
    this.theirs = theirs
    this.ours = ours
    for (const [series, value] of ours) this.#takeOurs(series, value)
    for (const [series, value] of theirs) this.#takeTheirs(series, value)
  }

  #takeOurs(series: string, value: number): void {
    const name = nameOf(series)
    if (!name.startsWith('millrace_')) return
    const { group, type, topic, partition } = labelsOf(series)
    if (name === 'millrace_consumer_group_info') this.#typeByGroup.set(group!, type!)
    else if (name === 'millrace_topic_partition_high_watermark_offset') this.#ends.add(keyOf(topic, partition))
    else if (name === 'millrace_consumer_group_partition_committed_offset')
      put(this.#commits, keyOf(group, topic), { partition: partition!, value })
  }

  #takeTheirs(series: string, value: number): void {
    const name = nameOf(series)
    const { consumergroup, topic, partition, topic_name, partition_id } = labelsOf(series)
    if (name === 'kafka_topic_partition_current_offset') this.#ends.add(keyOf(topic, partition))
    if (name === 'kminion_kafka_topic_partition_high_water_mark') this.#ends.add(keyOf(topic_name, partition_id))
    if (consumergroup !== undefined && partition !== undefined)
      put(this.#rows, keyOf(name, consumergroup, topic), { partition, value })
  }

  /** `classic`, `consumer`, `share`, `streams`; undefined: the agent does not know the group. */
  typeOf(group: string | undefined): string | undefined {
    return group === undefined ? undefined : this.#typeByGroup.get(group)
  }

  /** On their page, of the one series of a name that goes by labels which only they know. */
  valueOf(name: string): number | undefined {
    return [...this.theirs].find(([series]) => nameOf(series) === name)?.[1]
  }

  /** Of kafka_exporter, with this name, of the group and topic of this series. */
  rowsBeside(series: string, name: string): readonly CommitRow[] {
    const { consumergroup, topic } = labelsOf(series)
    return this.#rows.get(keyOf(name, consumergroup, topic)) ?? []
  }

  /** Commits of the group in partitions whose end neither of the two could find out: they have no leader. */
  leaderlessCommits(group: string | undefined, topic: string | undefined): readonly CommitRow[] {
    const commits = this.#commits.get(keyOf(group, topic)) ?? []
    return commits.filter(({ partition }) => !this.#ends.has(keyOf(topic, partition)))
  }

  /** By kafka_exporter's own page: the commit of this partition lies beyond the end of the log. */
  isBeyondEnd(series: string, partition = labelsOf(series).partition): boolean {
    const { consumergroup, topic } = labelsOf(series)
    const commit = this.theirs.get(seriesOf('kafka_consumergroup_current_offset', { consumergroup, topic, partition }))
    const end = this.theirs.get(seriesOf('kafka_topic_partition_current_offset', { topic, partition }))
    return commit !== undefined && end !== undefined && commit > end
  }

  /** Whether a series is on both pages but for the values of these labels. */
  isOnBothBut(labels: readonly string[], series: string): boolean {
    const none = Object.fromEntries(labels.map(label => [label, undefined]))
    const without = (each: string) => seriesOf(nameOf(each), { ...labelsOf(each), ...none })
    const wanted = without(series)
    const name = nameOf(series)
    return [this.theirs, this.ours].every(page =>
      [...page.keys()].some(each => nameOf(each) === name && without(each) === wanted),
    )
  }
}

const keyOf = (...parts: readonly (string | undefined)[]) => JSON.stringify(parts)

function put(rows: Map<string, CommitRow[]>, key: string, row: CommitRow): void {
  if (!rows.has(key)) rows.set(key, [])
  rows.get(key)!.push(row)
}
