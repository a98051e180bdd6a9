// What checks of topics share: each topic is looked at by itself, and its settings are mended one by one.
import { type Facts, ownTopics, type TopicFacts } from '../facts.ts'
import type { Hit } from '../finding.ts'

const subjectOf = ({ name }: TopicFacts) => `topic ${name}`

/** Of users alone, as those of Kafka have a family of their own; unless it is about what works now. */
export function forTopics(
  facts: Facts,
  find: (topic: TopicFacts) => Omit<Hit, 'subject'> | undefined,
  topics: readonly TopicFacts[] = ownTopics(facts),
): Hit[] {
  return topics.flatMap(topic => {
    const hit = find(topic)
    return hit === undefined ? [] : [{ subject: subjectOf(topic), ...hit }]
  })
}

/** The command that gives a topic a setting. */
export const setting = (facts: Facts, topic: TopicFacts, name: string, value: string) =>
  facts.commands.configs('topics', topic.name, { [name]: value })
