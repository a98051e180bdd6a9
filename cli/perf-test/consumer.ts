// `millrace consumer-perf-test`: the flags and the lines of kafka-consumer-perf-test, read by a member of a group of ours.
import { readFileSync } from 'node:fs'
import { PerfProperties } from '../../loadgen/perf-test/client-properties.ts'
import { consumerRules, planConsumer } from '../../loadgen/perf-test/consumer-plan.ts'
import { type JavaDateFormat, javaDateFormat } from '../../loadgen/perf-test/java-format.ts'
import type { Io } from '../program.ts'
import { KafkaArgumentReader, type KafkaFlags, parseKafkaArguments } from './arguments.ts'
import { runPerfTest } from './run.ts'

const dateFormatDefault = 'yyyy-MM-dd HH:mm:ss:SSS'

export const consumerFlags = {
  'bootstrap-server': { takes: 'one', placeholder: 'host:port,...', help: 'brokers to start from; required' },
  'broker-list': { takes: 'one', placeholder: 'host:port,...', help: 'the same', deprecatedFor: '--bootstrap-server' },
  topic: { takes: 'one', placeholder: 'name', help: 'consume from this topic: this, or --include' },
  include: { takes: 'one', placeholder: 'regex', help: 'consume from the topics whose whole name matches' },
  'num-records': { takes: 'one', placeholder: 'count', help: 'records to consume; required' },
  messages: { takes: 'one', placeholder: 'count', help: 'the same', deprecatedFor: '--num-records' },
  group: { takes: 'one', placeholder: 'id', help: 'consumer group (default: perf-consumer- and a random number)' },
  'fetch-size': { takes: 'one', placeholder: 'bytes', help: 'of one partition in a fetch, at most (default: 1048576)' },
  'from-latest': { takes: 'nothing', help: 'where the group has no offset, begin at the end, not at the beginning' },
  timeout: { takes: 'optional', placeholder: 'ms', help: 'longest time without a record (default: 10000)' },
  'reporting-interval': { takes: 'one', placeholder: 'ms', help: 'time from row to row (default: 5000)' },
  'show-detailed-stats': { takes: 'nothing', help: 'a row for every reporting interval' },
  'hide-header': { takes: 'nothing', help: 'no head above the rows' },
  'date-format': {
    takes: 'one',
    placeholder: 'pattern',
    help: `of java.text.SimpleDateFormat (default: ${dateFormatDefault})`,
  },
  'print-metrics': { takes: 'nothing', help: 'print metrics of the client at the end' },
  'command-property': { takes: 'one', placeholder: 'name=value', help: 'property of a Kafka consumer; repeatable' },
  'command-config': { takes: 'one', placeholder: 'file', help: 'properties file of a Kafka consumer' },
  'consumer.config': { takes: 'one', placeholder: 'file', help: 'the same', deprecatedFor: '--command-config' },
  'socket-buffer-size': {
    takes: 'one',
    placeholder: 'bytes',
    help: 'refused: Node cannot set the buffers of a socket',
  },
  threads: { takes: 'one', placeholder: 'count', help: 'without effect, as in Kafka 3; gone in 4.0' },
  'num-fetch-threads': { takes: 'one', placeholder: 'count', help: 'without effect, as in Kafka 3; gone in 4.0' },
} as const satisfies KafkaFlags

type Name = keyof typeof consumerFlags
type Reader = KafkaArgumentReader<Name>

const int32Max = 2 ** 31 - 1
const groupNumbers = 100_000

export async function consumerPerfTest(args: readonly string[], io: Io): Promise<number> {
  const reader = new KafkaArgumentReader(parseKafkaArguments(consumerFlags, args))
  const topics = readTopics(reader)
  const numRecords = readNumRecords(reader)
  const timeoutMs = reader.whole('timeout', { min: 0 }, 10_000)
  const reportingIntervalMs = reader.whole('reporting-interval', { min: 1 }, 5_000)
  const dateFormat = readDateFormat(reader)
  if (reader.has('socket-buffer-size')) {
    reader.problem('socket-buffer-size', 'Node cannot set the buffers of a socket: leave it to the kernel')
  }
  const properties = readProperties(reader, io)
  const reading = planConsumer(
    {
      group: reader.text('group') ?? `perf-consumer-${Math.floor(Math.random() * groupNumbers)}`,
      fetchSize: reader.whole('fetch-size', { min: 1, max: int32Max }, 2 ** 20),
      isFromLatest: reader.has('from-latest'),
    },
    properties,
  )
  return runPerfTest({ name: 'consumer-perf-test', problems: reader.problems, properties }, io, async (client, run) => {
    for (const text of deprecations(reader)) run.onLine(text)
    if (reader.has('threads') || reader.has('num-fetch-threads')) {
      run.onNotice('--threads and --num-fetch-threads are without effect, as they are in Kafka 3')
    }
    const { runConsumerPerf } = await import('../../loadgen/perf-test/consumer-run.ts')
    return runConsumerPerf({
      ...{ client, topics, reading, numRecords, timeoutMs, reportingIntervalMs, dateFormat },
      showDetailedStats: reader.has('show-detailed-stats'),
      hideHeader: reader.has('hide-header'),
      printMetrics: reader.has('print-metrics'),
      ...run,
    })
  })
}

function readTopics(reader: Reader): { readonly name: string } | { readonly include: RegExp } {
  const include = reader.text('include')
  if (reader.has('topic') === reader.has('include')) {
    reader.problem('topic', 'Exactly one of the following arguments is required: [topic], [include]')
  }
  if (include === undefined) return { name: reader.text('topic') ?? '' }
  try {
    return { include: new RegExp(`^(?:${include})$`, 'u') }
  } catch (error) {
    reader.problem('include', `is not a regular expression: ${(error as Error).message}`)
    return { name: '' }
  }
}

function readNumRecords(reader: Reader): number {
  if (reader.has('num-records') === reader.has('messages')) {
    reader.problem('num-records', 'Exactly one of the following arguments is required: [messages], [num-records]')
  }
  return reader.whole(reader.has('messages') ? 'messages' : 'num-records', { min: 1 }, 1)
}

function readDateFormat(reader: Reader): JavaDateFormat {
  const made = javaDateFormat(reader.text('date-format') ?? dateFormatDefault)
  if (typeof made === 'function') return made
  reader.problem('date-format', made.problem)
  return date => date.toISOString()
}

function readProperties(reader: Reader, io: Io): PerfProperties {
  if (reader.has('consumer.config') && reader.has('command-config')) {
    reader.problem('consumer.config', 'can\'t be used with option "[command-config]"')
  }
  return new PerfProperties(
    {
      filePath: reader.text(reader.has('consumer.config') ? 'consumer.config' : 'command-config'),
      pairs: reader.all('command-property'),
      pairsFlag: '--command-property',
      bootstrap: reader.text('bootstrap-server') ?? reader.text('broker-list'),
      clientId: 'perf-consumer-client',
      env: io.env,
      readFile: path => readFileSync(path),
    },
    consumerRules,
  )
}

/** In the words of Kafka's tool. */
function deprecations(reader: Reader): string[] {
  const said = ['messages', 'consumer.config'] as const
  return said
    .filter(name => reader.has(name))
    .map(name => `Warning: --${name} is deprecated. Use ${consumerFlags[name].deprecatedFor} instead.`)
}
