// The metrics page of an agent, as far as it tells of lag and of brokers: what is there, and what is said to be missing.
export interface LagPage {
  readonly atMs: number
  /** `group topic partition`, those with a lag. */
  readonly rows: ReadonlySet<string>
  /** `topic partition` to high watermark. */
  readonly ends: ReadonlyMap<string, number>
  /** Groups that are on the page, and how many of their partitions are told to have no lag. */
  readonly unknown: ReadonlyMap<string, number>
  readonly brokersUp: ReadonlyMap<string, number>
  /** Of all collectors. */
  readonly gaps: number
  /** Brokers and groups of which the lag collector could not hear. */
  readonly gapsOfGroups: number
}

export async function readLagPage(url: string): Promise<LagPage> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return lagPageOf(text, Date.now())
}

/** Pure. */
export function lagPageOf(text: string, atMs: number): LagPage {
  const rows = new Set<string>()
  const ends = new Map<string, number>()
  const unknown = new Map<string, number>()
  const brokersUp = new Map<string, number>()
  let [gaps, gapsOfGroups] = [0, 0]
  for (const [, name, labelText, valueText] of text.matchAll(/^millrace_(\w+)\{(.*)\} (\S+)$/gm)) {
    const labels = Object.fromEntries(
      [...labelText!.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]),
    )
    const { group = '', topic, partition, broker = '', collector, about } = labels
    const value = Number(valueText)
    if (name === 'consumer_group_partition_lag_offsets') rows.add(`${group} ${topic} ${partition}`)
    else if (name === 'topic_partition_high_watermark_offset') ends.set(`${topic} ${partition}`, value)
    else if (name === 'consumer_group_info') unknown.set(group, unknown.get(group) ?? 0)
    else if (name === 'consumer_group_unknown_lag_partitions') unknown.set(group, (unknown.get(group) ?? 0) + value)
    else if (name === 'broker_up') brokersUp.set(broker, value)
    else if (name === 'agent_gaps') {
      gaps += value
      if (collector === 'lag' && (about === 'broker' || about === 'group')) gapsOfGroups += value
    }
  }
  return { atMs, rows, ends, unknown, brokersUp, gaps, gapsOfGroups }
}

/**
 * Rows that are gone and of which nothing says so: more of a group than it is told to have without a lag, or of a group that is gone
 * while every broker and group was heard of.
 */
export function silentlyMissing(missing: readonly string[], { unknown, gapsOfGroups }: LagPage): number {
  let silent = 0
  for (const [group, rows] of Map.groupBy(missing, row => row.split(' ')[0]!)) {
    const told = unknown.get(group) ?? (gapsOfGroups > 0 ? rows.length : 0)
    silent += Math.max(0, rows.length - told)
  }
  return silent
}
