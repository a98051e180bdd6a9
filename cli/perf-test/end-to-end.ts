// `millrace end-to-end-latency`: the flags and the lines of kafka-e2e-latency, and the five or six words that it took before 4.2.
import { readFileSync } from 'node:fs'
import { parseBoolean, parseOneOf } from '../../core/units.ts'
import { PerfProperties, type PropertyRules } from '../../loadgen/perf-test/client-properties.ts'
import type { CompressionName } from '../../loadgen/plan.ts'
import type { Io } from '../program.ts'
import { KafkaArgumentReader, type KafkaArguments, type KafkaFlags, parseKafkaArguments } from './arguments.ts'
import { runPerfTest } from './run.ts'

export const endToEndFlags = {
  'bootstrap-server': { takes: 'one', placeholder: 'host:port,...', help: 'brokers to start from; required' },
  topic: {
    takes: 'one',
    placeholder: 'name',
    help: 'topic of the test, made with one partition if there is none; required',
  },
  'num-records': { takes: 'one', placeholder: 'count', help: 'records to send, one after the other; required' },
  'producer-acks': { takes: 'one', placeholder: 'acks', help: '1 or all; required' },
  'record-size': { takes: 'one', placeholder: 'bytes', help: 'size of a value; required' },
  'record-key-size': { takes: 'optional', placeholder: 'bytes', help: 'size of a key (default: 0)' },
  'num-headers': { takes: 'optional', placeholder: 'count', help: 'headers of a record (default: 0)' },
  'record-header-key-size': { takes: 'optional', placeholder: 'bytes', help: 'of the name of a header (default: 0)' },
  'record-header-size': { takes: 'optional', placeholder: 'bytes', help: 'of its value; -1: none at all (default: 0)' },
  'command-config': { takes: 'optional', placeholder: 'file', help: 'properties file of the Kafka clients' },
} as const satisfies KafkaFlags

type Name = keyof typeof endToEndFlags
type Reader = KafkaArgumentReader<Name>

const noJava = 'names a Java class, and there is no Java here: leave it out'
const rules: PropertyRules = {
  overridden: [
    'acks',
    'auto.offset.reset',
    'fetch.max.wait.ms',
    'group.id',
    'key.serializer',
    'linger.ms',
    'value.serializer',
  ],
  honoured: ['compression.type', 'enable.idempotence', 'isolation.level', 'max.partition.fetch.bytes'],
  refused: {
    'interceptor.classes': noJava,
    'partitioner.class': noJava,
    'transactional.id': 'transactions are not made by this command',
  },
}

const int32Max = 2 ** 31 - 1
const positional: readonly Name[] = [
  'bootstrap-server',
  'topic',
  'num-records',
  'producer-acks',
  'record-size',
  'command-config',
]
const positionalWarning =
  'WARNING: Positional argument usage is deprecated and will be removed in Apache Kafka 5.0. Please use named arguments instead: --bootstrap-server, --topic, --num-records, --producer-acks, --record-size, --command-config'

export async function endToEndLatency(args: readonly string[], io: Io): Promise<number> {
  const parsed = parseKafkaArguments(endToEndFlags, args)
  const isPositional = parsed.given.size === 0 && parsed.problems.length === 0
  const reader = new KafkaArgumentReader(isPositional ? named(parsed) : parsed)
  const topic = reader.required('topic')
  const numRecords = required(reader, 'num-records', 1)
  const recordBytes = required(reader, 'record-size', 0)
  const acks = reader.required('producer-acks')
  if (reader.has('producer-acks') && acks !== '1' && acks !== 'all') {
    reader.problem('producer-acks', "Latency testing requires synchronous acknowledgement. Please use '1' or 'all'.")
  }
  const size = (name: Name, min = 0) => reader.whole(name, { min, max: int32Max }, 0)
  const headers = {
    count: size('num-headers'),
    keyBytes: size('record-header-key-size'),
    valueBytes: size('record-header-size', -1),
  }
  const keyBytes = size('record-key-size')
  const properties = new PerfProperties(
    {
      filePath: reader.text('command-config'),
      pairs: [],
      pairsFlag: '--bootstrap-server',
      bootstrap: reader.required('bootstrap-server') || undefined,
      clientId: 'perf-e2e-client',
      env: io.env,
      readFile: path => readFileSync(path),
    },
    rules,
  )
  const honoured = readHonoured(properties, acks)
  return runPerfTest({ name: 'end-to-end-latency', problems: reader.problems, properties }, io, async (client, run) => {
    if (isPositional) run.onLine(positionalWarning)
    const { runEndToEnd } = await import('../../loadgen/perf-test/end-to-end-run.ts')
    const records = { topic, numRecords, recordBytes, keyBytes, headers, acks: acks === '1' ? 1 : -1 } as const
    return runEndToEnd({ client, ...records, ...honoured, ...run })
  })
}

function readHonoured(properties: PerfProperties, acks: string) {
  const isWanted = properties.read('enable.idempotence', parseBoolean, true)
  if (isWanted && acks === '1' && properties.has('enable.idempotence')) {
    properties.problem('enable.idempotence', 'needs --producer-acks all')
  }
  const codecs = parseOneOf(['none', 'gzip', 'snappy', 'lz4', 'zstd'])
  const levels = parseOneOf(['read_uncommitted', 'read_committed'])
  return {
    isIdempotent: isWanted && acks === 'all',
    compression: properties.read<CompressionName>('compression.type', codecs, 'none'),
    isolation: properties.read<'read_uncommitted' | 'read_committed'>('isolation.level', levels, 'read_uncommitted'),
    fetchBytesMax: properties.whole('max.partition.fetch.bytes', 1, int32Max, 2 ** 20),
  }
}

function required(reader: Reader, name: Name, min: number): number {
  if (!reader.has(name)) reader.problem(name, 'is required')
  return reader.whole(name, { min, max: int32Max }, 1)
}

function named({ stray }: KafkaArguments<Name>): KafkaArguments<Name> {
  const given = new Map(stray.slice(0, positional.length).map((word, index) => [positional[index]!, [word]] as const))
  const isRight = stray.length === positional.length || stray.length === positional.length - 1
  const message = `Invalid number of arguments. Expected 5 or 6 positional arguments, but got ${stray.length}. Usage: bootstrap-server topic num-records producer-acks record-size [optional] command-config`
  return { given, stray: [], problems: isRight ? [] : [{ path: 'arguments', message }] }
}
