// Which topics and partitions a request or an answer speaks of, whatever its API, and how to take some out of a request.
// Known by the names that the protocol's grammar uses; an API that names topics otherwise is not seen.

/** Where lists of topics are, and the lists around them (a list of transactions, of groups, of markers). */
const topicLists: ReadonlySet<string> = new Set([
  'topics',
  'topicData',
  'responses',
  'topicNames',
  'topicResults',
  'resultsByTopicV3AndBelow',
  'v3AndBelowTopics',
])
const outerLists: ReadonlySet<string> = new Set(['transactions', 'resultsByTransaction', 'groups', 'markers'])
const nameFields = ['name', 'topic', 'topicName'] as const
const partitionLists = [
  'partitions',
  'partitionData',
  'partitionResponses',
  'partitionIndexes',
  'resultsByPartition',
] as const
const indexFields = ['index', 'partition', 'partitionIndex'] as const

export type Fields = Record<string, unknown>

/** `partition` is undefined for a topic that is named as a whole. */
export type NamesPartition = (topic: string, partition: number | undefined) => boolean
export type TopicNameOf = (topicId: string) => string | undefined

/** Every list of topics in a message, with the object that holds it. */
export function* topicListsOf(message: unknown): Generator<[holder: Fields, key: string, list: unknown[]]> {
  if (!isFields(message)) return
  for (const [key, value] of Object.entries(message)) {
    if (!Array.isArray(value)) continue
    if (topicLists.has(key)) yield [message, key, value]
    else if (outerLists.has(key)) for (const element of value) yield* topicListsOf(element)
  }
}

export function namesAny(message: unknown, nameOf: TopicNameOf, isNamed: NamesPartition): boolean {
  for (const [, , list] of topicListsOf(message)) {
    for (const element of list) {
      const name = topicNameOf(element, nameOf)
      if (name === undefined) continue
      const partitions = partitionsIn(element)
      if (
        partitions === undefined ? isNamed(name, undefined) : partitions.list.some(each => isNamed(name, indexOf(each)))
      )
        return true
    }
  }
  return false
}

/** The same message with only those partitions. */
export function withOnly(message: unknown, nameOf: TopicNameOf, isWanted: NamesPartition): unknown {
  if (!isFields(message)) return message
  const copy: Fields = {}
  for (const [key, value] of Object.entries(message)) {
    if (!Array.isArray(value)) copy[key] = value
    else if (topicLists.has(key)) copy[key] = value.flatMap(element => topicWithOnly(element, nameOf, isWanted))
    else if (outerLists.has(key)) copy[key] = value.map(element => withOnly(element, nameOf, isWanted))
    else copy[key] = value
  }
  return copy
}

function topicWithOnly(element: unknown, nameOf: TopicNameOf, isWanted: NamesPartition): unknown[] {
  const name = topicNameOf(element, nameOf)
  if (name === undefined) return []
  const partitions = partitionsIn(element)
  if (partitions === undefined) return isWanted(name, undefined) ? [element] : []
  const wanted = partitions.list.filter(each => isWanted(name, indexOf(each)))
  return wanted.length === 0 ? [] : [{ ...(element as Fields), [partitions.key]: wanted }]
}

export function hasTopics(message: unknown): boolean {
  for (const [, , list] of topicListsOf(message)) if (list.length > 0) return true
  return false
}

/** A topic is a structure with a name or an id, or just its name. */
export function topicNameOf(element: unknown, nameOf: TopicNameOf): string | undefined {
  if (typeof element === 'string') return element
  if (!isFields(element)) return undefined
  for (const field of nameFields) {
    const name = element[field]
    if (typeof name === 'string' && name !== '') return name
  }
  return typeof element.topicId === 'string' ? nameOf(element.topicId) : undefined
}

export function partitionsIn(element: unknown): { key: string; list: unknown[] } | undefined {
  if (!isFields(element)) return undefined
  for (const key of partitionLists) {
    const list = element[key]
    if (Array.isArray(list)) return { key, list }
  }
  return undefined
}

/** A partition is a structure with its index, or just the index. */
export function indexOf(element: unknown): number | undefined {
  if (typeof element === 'number') return element
  if (!isFields(element)) return undefined
  const found = indexFields.map(field => element[field]).find(index => typeof index === 'number')
  return found as number | undefined
}

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value)
