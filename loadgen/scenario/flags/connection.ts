// Flags of every bench run: where the brokers are, and which topic.
import { parseWhole } from '../../../core/units.ts'
import { list, optional, toggle, withDefault } from '../flag.ts'
import { bounded, parsePair, parseText, parseTopicName } from '../parsers.ts'
import { all, producing, timer } from './shared.ts'

const connection = { group: 'Connection:', modes: all }
const topic = { group: 'Topic:', modes: producing }

export const connectionFlags = {
  bootstrap: optional({
    ...connection,
    placeholder: 'host:port,...',
    help: 'brokers to start from',
    parse: parseText,
  }),
  commandConfig: optional({
    ...connection,
    placeholder: 'file',
    help: "client.properties file, as Kafka's own tools take it: connection, TLS, SASL, and hints for the flags below",
    parse: parseText,
  }),
  property: list({
    ...connection,
    placeholder: 'name=value',
    help: 'one client property, such as security.protocol=SASL_SSL; may be repeated',
    parse: parsePair,
  }),
  requestTimeout: optional({
    ...connection,
    placeholder: 'time',
    help: 'how long one request may take',
    parse: timer,
    fallbackText: '30s',
  }),

  topic: optional({
    ...connection,
    group: 'Topic:',
    placeholder: 'name',
    help: 'topic to use; to produce without it, a topic is created and deleted afterwards',
    parse: parseTopicName,
  }),
  partitions: withDefault('6', {
    ...topic,
    placeholder: 'count',
    help: 'create the topic, if it does not exist, with so many partitions; delete it afterwards',
    parse: parseWhole(1, 100_000),
  }),
  replicationFactor: withDefault('-1', {
    ...topic,
    placeholder: 'count',
    help: "of a created topic; -1 is the broker's default",
    parse: bounded(parseWhole(-1, 32_767), -1, 32_767, 'at least 1, or -1'),
  }),
  topicConfig: list({
    ...topic,
    placeholder: 'name=value',
    help: 'setting of a created topic, such as min.insync.replicas=2; may be repeated',
    parse: parsePair,
  }),
  keepTopic: toggle({ ...topic, help: 'leave a topic that this run created' }),
} as const
