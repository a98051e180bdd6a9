// `millrace producer-perf-test`: the flags and the lines of kafka-producer-perf-test, the load by millrace's own producer.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { readValues } from '../../loadgen/payload/value-file.ts'
import { PerfProperties } from '../../loadgen/perf-test/client-properties.ts'
import {
  type PerfPayload,
  type PerfTransactions,
  planProducer,
  producerRules,
} from '../../loadgen/perf-test/producer-plan.ts'
import type { KeyPlan } from '../../loadgen/plan.ts'
import type { Io } from '../program.ts'
import { KafkaArgumentReader, type KafkaFlags, parseKafkaArguments } from './arguments.ts'
import { runPerfTest } from './run.ts'

export const producerFlags = {
  'bootstrap-server': { takes: 'one', placeholder: 'host:port,...', help: 'brokers to start from' },
  topic: { takes: 'one', placeholder: 'name', help: 'produce to this topic; required' },
  'num-records': { takes: 'one', placeholder: 'count', help: 'records to produce; required' },
  'record-size': { takes: 'one', placeholder: 'bytes', help: 'size of a value: this, a file, or --payload-monotonic' },
  'payload-file': { takes: 'one', placeholder: 'file', help: 'UTF-8 text with values, of which each record gets one' },
  'payload-delimiter': {
    takes: 'one',
    placeholder: 'regex',
    help: 'between the values of --payload-file (default: a new line)',
  },
  'payload-monotonic': { takes: 'nothing', help: 'values are the numbers of the records' },
  throughput: { takes: 'one', placeholder: 'rate', help: 'records per second; -1: as fast as possible; required' },
  'command-property': { takes: 'many', placeholder: 'name=value ...', help: 'properties of a Kafka producer' },
  'producer-props': {
    takes: 'many',
    placeholder: 'name=value ...',
    help: 'the same',
    deprecatedFor: '--command-property',
  },
  'command-config': { takes: 'one', placeholder: 'file', help: 'properties file of a Kafka producer' },
  'producer.config': { takes: 'one', placeholder: 'file', help: 'the same', deprecatedFor: '--command-config' },
  'print-metrics': { takes: 'nothing', help: 'print metrics of the client at the end' },
  'transactional-id': {
    takes: 'one',
    placeholder: 'id',
    help: 'produce in transactions under this id (default: one made up, when --transaction-duration-ms is given)',
  },
  'transaction-duration-ms': {
    takes: 'one',
    placeholder: 'ms',
    help: 'commit a transaction when it is this old (default: 3000, in transactions)',
  },
  'warmup-records': {
    takes: 'one',
    placeholder: 'count',
    help: 'records at the start that are not of the steady state (default: 0)',
  },
  'reporting-interval': { takes: 'one', placeholder: 'ms', help: 'time from line to line (default: 5000)' },
  'key-distribution': { takes: 'one', placeholder: 'kind', help: 'none, range (in turn) or random (default: none)' },
  'record-key-range': { takes: 'one', placeholder: 'count', help: 'keys are 0 to this, excluded' },
  'random-seed': { takes: 'one', placeholder: 'number', help: 'of payload and keys (default: 0)' },
} as const satisfies KafkaFlags

type Name = keyof typeof producerFlags
type Reader = KafkaArgumentReader<Name>

const int32Max = 2 ** 31 - 1

export async function producerPerfTest(args: readonly string[], io: Io): Promise<number> {
  const reader = new KafkaArgumentReader(parseKafkaArguments(producerFlags, args))
  const payload = readPayload(reader)
  const options = {
    topic: reader.required('topic'),
    numRecords: requiredWhole(reader),
    payload,
    throughput: readThroughput(reader),
    warmupRecords: reader.whole('warmup-records', { min: Number.MIN_SAFE_INTEGER }, 0),
    seed: reader.whole('random-seed', { min: 0, max: 2 ** 32 - 1 }, 0),
    keys: readKeys(reader),
  }
  const reportingIntervalMs = reader.whole('reporting-interval', { min: 1, max: int32Max }, 5_000)
  if (options.numRecords > 0 && options.warmupRecords >= options.numRecords) {
    reader.problem('warmup-records', 'must be strictly fewer than the number of records in the test, --num-records')
  }
  const properties = readProperties(reader, io)
  const transactions = readTransactions(reader, properties)
  const makePlan = planProducer(
    {
      ...{ ...options, warmupRecords: Math.max(0, options.warmupRecords) },
      ...(transactions !== undefined && { transactions }),
    },
    properties,
    reader.problems,
  )
  return runPerfTest({ name: 'producer-perf-test', problems: reader.problems, properties }, io, async (client, run) => {
    for (const line of preamble(reader, payload)) run.onLine(line)
    const { runProducerPerf } = await import('../../loadgen/perf-test/producer-run.ts')
    return runProducerPerf({
      plan: makePlan(client),
      reportingIntervalMs,
      printMetrics: reader.has('print-metrics'),
      ...run,
    })
  })
}

function requiredWhole(reader: Reader): number {
  if (!reader.has('num-records')) reader.problem('num-records', 'is required')
  return reader.whole('num-records', { min: 1 }, 0)
}

function readThroughput(reader: Reader): number {
  if (!reader.has('throughput')) reader.problem('throughput', 'is required')
  const throughput = reader.decimal('throughput', -1)
  if (throughput === 0)
    reader.problem('throughput', 'of 0 would never send a second record: give a rate, or -1 for no limit')
  return throughput
}

const payloadFlags = ['record-size', 'payload-file', 'payload-monotonic'] as const satisfies readonly Name[]

function readPayload(reader: Reader): PerfPayload {
  const given = payloadFlags.filter(name => reader.has(name))
  const [first, ...others] = given
  for (const name of others) reader.problem(name, `not allowed with argument --${first}`)
  switch (first) {
    case 'payload-file':
      return { kind: 'file', path: reader.text('payload-file')!, delimiter: readDelimiter(reader) }
    case 'payload-monotonic':
      return { kind: 'monotonic' }
    default:
      if (first === undefined) {
        reader.problem(
          'record-size',
          'one of the arguments --record-size --payload-file --payload-monotonic is required',
        )
      }
      return { kind: 'size', bytes: reader.whole('record-size', { min: 1, max: int32Max }, 1) }
  }
}

/** A regular expression, as for java.util.Scanner. */
function readDelimiter(reader: Reader): string {
  const delimiter = reader.text('payload-delimiter') ?? '\\n'
  try {
    new RegExp(delimiter, 'su')
  } catch (error) {
    reader.problem('payload-delimiter', `is not a regular expression: ${(error as Error).message}`)
    return '\\n'
  }
  return delimiter
}

const transactionMsDefault = 3_000

/** On when an id or a duration is given, or transactional.id; as Kafka's tool makes up an id. */
function readTransactions(reader: Reader, properties: PerfProperties): PerfTransactions | undefined {
  const isAsked = reader.has('transactional-id') || reader.has('transaction-duration-ms')
  if (!isAsked && !properties.has('transactional.id')) return undefined
  const durationMs = reader.whole('transaction-duration-ms', { min: 1, max: int32Max }, transactionMsDefault)
  const ofProperties = properties.read<string | undefined>('transactional.id', text => ({ value: text }), undefined)
  const id = reader.text('transactional-id') ?? ofProperties ?? `performance-producer-${randomUUID()}`
  return { id, durationMs }
}

const distributions = { range: 'in-turn', random: 'random' } as const

function readKeys(reader: Reader): KeyPlan {
  const distribution = reader.text('key-distribution') ?? 'none'
  const count = reader.whole('record-key-range', { min: 1, max: int32Max }, 1)
  if (distribution !== 'none' && !Object.hasOwn(distributions, distribution)) {
    reader.problem('key-distribution', `invalid choice: '${distribution}' (choose from none, range, random)`)
  } else if (distribution === 'none' && reader.has('record-key-range')) {
    reader.problem('record-key-range', "--key-distribution must be 'range' or 'random' when it is specified")
  } else if (distribution !== 'none' && !reader.has('record-key-range')) {
    reader.problem('record-key-range', "is required when --key-distribution is 'range' or 'random'")
  }
  if (distribution === 'none') return { kind: 'none' }
  return { kind: 'numbers', count, draw: distributions[distribution as keyof typeof distributions] }
}

function readProperties(reader: Reader, io: Io): PerfProperties {
  const pairsFlag = reader.has('producer-props') ? 'producer-props' : 'command-property'
  const fileFlag = reader.has('producer.config') ? 'producer.config' : 'command-config'
  const exclusive = [
    ['producer-props', 'command-property'],
    ['producer.config', 'command-config'],
  ] as const
  for (const [old, current] of exclusive) {
    if (reader.has(old) && reader.has(current)) reader.problem(old, `and --${current} cannot be specified together`)
  }
  return new PerfProperties(
    {
      filePath: reader.text(fileFlag),
      pairs: reader.all(pairsFlag),
      pairsFlag: `--${pairsFlag}`,
      bootstrap: reader.text('bootstrap-server'),
      clientId: 'perf-producer-client',
      env: io.env,
      readFile: path => readFileSync(path),
    },
    producerRules,
  )
}

/** What Kafka's tool says before it begins. */
function preamble(reader: Reader, payload: PerfPayload): string[] {
  const deprecated = Object.entries<KafkaFlags[string]>(producerFlags).flatMap(([name, { deprecatedFor }]) =>
    deprecatedFor !== undefined && reader.has(name as Name)
      ? [`Option --${name} has been deprecated and will be removed in a future version. Use ${deprecatedFor} instead.`]
      : [],
  )
  if (payload.kind !== 'file') return deprecated
  const count = readValues(payload.path, payload.delimiter).length
  return [`Reading payloads from: ${resolve(payload.path)}`, `Number of records read: ${count}`, ...deprecated]
}
