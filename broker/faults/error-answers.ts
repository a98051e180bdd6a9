// Makes an answer that refuses a request with an error, for any API, from the grammar of its response.
//
// What a request lists (topics, partitions, members, resources), its answer lists again by the same names: `refusal` mirrors
// those lists. Where the answer has error codes at several levels, the deepest tells the client which item failed, so the
// code goes there.
import type { AnyType, Api, Kind, Shape } from '../../wire/schema.ts'
import {
  type Fields,
  indexOf,
  isFields,
  type NamesPartition,
  partitionsIn,
  type TopicNameOf,
  topicListsOf,
  topicNameOf,
} from './named-topics.ts'

/** Fields that name an item: copied from the request into the answer. */
const identities: ReadonlySet<string> = new Set([
  'name',
  'topic',
  'topicId',
  'index',
  'partition',
  'partitionIndex',
  'memberId',
  'groupInstanceId',
  'groupId',
  'key',
  'producerId',
  'transactionalId',
  'resourceName',
  'resourceType',
])
const partitionFields: ReadonlySet<string> = new Set(['index', 'partition', 'partitionIndex'])
const errorFields: ReadonlySet<string> = new Set(['errorCode', 'partitionErrorCode'])

/** The answer to a request that is refused as a whole. */
export function refusal(api: Api, request: unknown, errorCode: number): Fields {
  const answer = mirrored(api.response, isFields(request) ? request : {})
  stamp(answer, api.response, errorCode)
  return answer
}

function mirrored(fields: Shape, request: Fields): Fields {
  const answer: Fields = {}
  for (const [name, type] of Object.entries(fields)) answer[name] = mirroredField(name, type, request)
  return answer
}

function mirroredField(name: string, type: AnyType, request: Fields): unknown {
  const element = elementOf(type.kind)
  if (element !== undefined) return itemsOf(element, request).map(item => mirrored(element, item))
  if (partitionFields.has(name)) return indexOf(request) ?? type.defaultValue()
  const given = identities.has(name) ? request[name] : undefined
  return isOf(type.kind, given) ? given : type.defaultValue()
}

function isOf(kind: Kind, value: unknown): boolean {
  if (kind.name === 'nullable') return value === null || isOf(kind.of.kind, value)
  return typeof value === (kind.name === 'string' || kind.name === 'uuid' ? 'string' : 'number')
}

/** The items of the request that an answer's list speaks of: those of the list that has a name in common with it. */
function itemsOf(element: Shape, request: Fields): Fields[] {
  if (!hasErrorField(element)) return []
  const names = Object.keys(element).filter(name => identities.has(name))
  for (const list of Object.values(request)) {
    if (!Array.isArray(list) || list.length === 0) continue
    const [first] = list
    if (isFields(first)) {
      if (names.some(name => name in first || (partitionFields.has(name) && indexOf(first) !== undefined))) return list
    } else if (names.length > 0) return list.map(value => ({ [nameFor(value, names)]: value }))
  }
  return []
}

/** Names and indexes may come bare: a number is an index, a text the first thing that is a name. */
function nameFor(value: unknown, names: readonly string[]): string {
  const found = names.find(name => partitionFields.has(name) === (typeof value === 'number'))
  return found ?? names[0]!
}

function hasErrorField(fields: Shape): boolean {
  return Object.entries(fields).some(([name, { kind }]) => {
    const element = elementOf(kind)
    return errorFields.has(name) || (element !== undefined && hasErrorField(element))
  })
}

/** Writes the code where it is deepest; says whether there was a place for it. */
function stamp(answer: Fields, fields: Shape, errorCode: number): boolean {
  let isDeeper = false
  for (const [name, type] of Object.entries(fields)) {
    const element = elementOf(type.kind)
    const list = answer[name]
    if (element === undefined || !Array.isArray(list)) continue
    for (const item of list) if (isFields(item) && stamp(item, element, errorCode)) isDeeper = true
  }
  if (isDeeper) return true
  const own = Object.keys(fields).filter(name => errorFields.has(name))
  for (const name of own) answer[name] = errorCode
  return own.length > 0
}

function elementOf(kind: Kind): Shape | undefined {
  if (kind.name === 'nullable') return elementOf(kind.of.kind)
  return kind.name === 'array' && kind.of.kind.name === 'struct' ? kind.of.kind.fields : undefined
}

// ---- answers that a handler has made ----

/** Turns an answer into a refusal of everything, or of the partitions that are named. Its records go: they were not sent. */
export function refuseIn(
  api: Api,
  answer: unknown,
  errorCode: number,
  nameOf: TopicNameOf,
  isNamed: NamesPartition | undefined,
): void {
  if (!isFields(answer)) return
  if (isNamed === undefined) {
    stamp(answer, api.response, errorCode)
    for (const item of partitionItems(answer, nameOf)) dropRecords(item.fields)
    return
  }
  for (const { topic, index, fields } of partitionItems(answer, nameOf)) {
    if (!isNamed(topic, index)) continue
    dropRecords(fields)
    for (const name of errorFields) if (name in fields || index === undefined) fields[name] = errorCode
  }
}

interface Item {
  readonly topic: string
  readonly index: number | undefined
  readonly fields: Fields
}

/** The partitions of an answer; a topic without a list of them counts as one item. */
export function* partitionItems(answer: unknown, nameOf: TopicNameOf): Generator<Item> {
  for (const [, , list] of topicListsOf(answer)) {
    for (const element of list) {
      const topic = topicNameOf(element, nameOf)
      if (topic === undefined || !isFields(element)) continue
      const partitions = partitionsIn(element)
      if (partitions === undefined) yield { topic, index: undefined, fields: element }
      else for (const each of partitions.list) if (isFields(each)) yield { topic, index: indexOf(each), fields: each }
    }
  }
}

function dropRecords(fields: Fields): void {
  if ('records' in fields) fields.records = Buffer.alloc(0)
}

/** One answer out of two to parts of one request: lists of topics are joined, and so are the partitions of a topic. */
export function joined(one: unknown, other: Fields): unknown {
  if (!isFields(one)) return other
  const answer: Fields = { ...one }
  for (const [holder, key, list] of topicListsOf(other)) {
    if (holder === other) answer[key] = joinedTopics(Array.isArray(answer[key]) ? answer[key] : [], list)
  }
  if (Array.isArray(one.resultsByTransaction) && Array.isArray(other.resultsByTransaction)) {
    answer.resultsByTransaction = [...one.resultsByTransaction, ...other.resultsByTransaction]
  }
  return answer
}

/** A broker answers each topic once. */
function joinedTopics(ones: readonly unknown[], others: readonly unknown[]): unknown[] {
  const topics = [...ones]
  for (const other of others) {
    const at = topics.findIndex(one => isSameTopic(one, other))
    const own = partitionsIn(topics[at])
    const more = partitionsIn(other)
    if (own === undefined || more === undefined) topics.push(other)
    else topics[at] = { ...(topics[at] as Fields), [own.key]: [...own.list, ...more.list] }
  }
  return topics
}

function isSameTopic(one: unknown, other: unknown): boolean {
  if (!isFields(one) || !isFields(other)) return false
  return ['name', 'topic', 'topicId'].every(field => one[field] === other[field])
}
