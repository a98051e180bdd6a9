// Sets of partitions, by topic name: what a member of a group owns, is given, and gives up. Values: no function changes its
// arguments.

export type TopicPartitions = ReadonlyMap<string, ReadonlySet<number>>

export const nonePartitions: TopicPartitions = new Map()

/** What is in `a` and not in `b`. */
export function without(a: TopicPartitions, b: TopicPartitions): TopicPartitions {
  return filtered(a, (topic, partition) => b.get(topic)?.has(partition) !== true)
}

export function union(a: TopicPartitions, b: TopicPartitions): TopicPartitions {
  const all = new Map([...a].map(([topic, partitions]) => [topic, new Set(partitions)]))
  for (const [topic, partitions] of b) all.set(topic, new Set([...(all.get(topic) ?? []), ...partitions]))
  return all
}

/** Topics of which nothing is left are left out. */
export function filtered(
  from: TopicPartitions,
  matches: (topic: string, partition: number) => boolean,
): TopicPartitions {
  const left = new Map<string, Set<number>>()
  for (const [topic, partitions] of from) {
    const matching = new Set([...partitions].filter(partition => matches(topic, partition)))
    if (matching.size > 0) left.set(topic, matching)
  }
  return left
}

export const countOf = (partitions: TopicPartitions): number =>
  [...partitions.values()].reduce((total, each) => total + each.size, 0)
