// Whether a group reads a topic: its offsets must then neither be deleted nor expire. Members of a classic group tell it in
// the subscription of the consumer protocol (ConsumerProtocolSubscription), which only they and the leader read otherwise.
import { isMillraceError } from '../../core/errors.ts'
import { Reader } from '../../wire/reader.ts'
import { array, codec, int16, string } from '../../wire/schema.ts'
import type { ClassicGroup } from './classic.ts'
import { metadataOf } from './classic-members.ts'
import type { ConsumerGroup } from './consumer.ts'
import type { TopicsView } from './context.ts'

/** The front of it, which all versions share. */
const subscription = codec({ version: int16, topics: array(string) })

export function isSubscribed(group: ClassicGroup | ConsumerGroup, topic: string, topics: TopicsView): boolean {
  if (group.type === 'consumer') {
    const id = topics.byName(topic)?.id
    return id !== undefined && group.isSubscribedTo(id)
  }
  if (group.isEmpty) return false
  // Another protocol, or no protocol chosen yet: nobody can tell, so it may be.
  if (group.members.protocolType !== 'consumer' || group.protocolName === null) return true
  return [...group.members].some(member => subscribesTo(metadataOf(member, group.protocolName), topic))
}

function subscribesTo(metadata: Buffer, topic: string): boolean {
  try {
    return subscription.decode(new Reader(metadata), 0).topics.includes(topic)
  } catch (error) {
    if (isMillraceError(error)) return true
    throw error
  }
}
