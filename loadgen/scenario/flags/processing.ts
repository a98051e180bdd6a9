// What the consumers of a bench run do with what they read.
import { parseDuration, parseFraction, parseWhole } from '../../../core/units.ts'
import { optional, withDefault } from '../flag.ts'
import { bounded, parseTopicName } from '../parsers.ts'
import { consuming, dayMs, fetching } from './shared.ts'

const processing = { group: 'Processing:', modes: fetching }
const handling = { group: 'Processing:', modes: consuming }
const workTime = bounded(parseDuration, 0, dayMs, 'at most 1d')

export const processingFlags = {
  processTime: withDefault('0ms', {
    ...processing,
    placeholder: 'time',
    help: 'a slow consumer: so long it works on each record, 0.2ms as well as 5s',
    parse: workTime,
  }),
  processBatchTime: withDefault('0ms', {
    ...processing,
    placeholder: 'time',
    help: 'and so long on each answer of a fetch',
    parse: workTime,
  }),
  forwardTopic: optional({
    ...handling,
    placeholder: 'topic',
    help: 'read-process-write: each record is written to this topic, in transactions together with its offset (see Transactions), or at least once',
    parse: parseTopicName,
  }),
  errorRatio: withDefault('0', {
    ...handling,
    placeholder: 'share',
    help: 'share of the records that cannot be processed, 0 to 1, drawn by --seed',
    parse: parseFraction,
  }),
  processRetries: withDefault('0', {
    ...handling,
    placeholder: 'count',
    help: 'how often such a record is tried again, --process-time each',
    parse: parseWhole(0, 1000),
  }),
  deadLetterTopic: optional({
    ...handling,
    placeholder: 'topic',
    help: 'where it goes then, with the headers of Kafka Connect; without, it is passed over',
    parse: parseTopicName,
  }),
} as const
