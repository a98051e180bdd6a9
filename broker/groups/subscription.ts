// Which topics a member of a KIP-848 group wants: by name, and by a regular expression in the dialect of RE2/J.
import type { TopicsView } from './context.ts'

export interface Subscription {
  readonly names: readonly string[]
  /** Empty: none. */
  readonly regex: string
}

/** What of RE2/J JavaScript spells otherwise: flags for the whole expression, named groups. The whole name must match. */
export function compileTopicRegex(regex: string): RegExp | undefined {
  const flags = /^\(\?([ims]+)\)/.exec(regex)
  const body = regex.slice(flags?.[0].length ?? 0).replaceAll('(?P<', '(?<')
  try {
    return new RegExp(`^(?:${body})$`, `u${flags?.[1] ?? ''}`)
  } catch {
    return undefined
  }
}

/** Ids and partition counts of the topics that exist. */
export function resolveSubscription({ names, regex }: Subscription, topics: TopicsView): Map<string, number> {
  const compiled = regex === '' ? undefined : compileTopicRegex(regex)
  const matching = compiled === undefined ? [] : [...topics.names()].filter(name => compiled.test(name))
  const found = new Map<string, number>()
  for (const name of [...names, ...matching]) {
    const topic = topics.byName(name)
    if (topic !== undefined) found.set(topic.id, topic.partitions)
  }
  return found
}

export const sameSubscription = (a: Subscription, b: Subscription): boolean =>
  a.regex === b.regex && [...new Set(a.names)].sort().join() === [...new Set(b.names)].sort().join()
