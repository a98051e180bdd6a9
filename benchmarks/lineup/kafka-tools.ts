// Apache Kafka's own tools: the Java client at work.
import { type Contestant, neverMissing } from '../contestant.ts'
import { batchBytes, javaBufferBytes, lingerMs } from '../settings.ts'
import { readConsumerPerfTest, readProducerPerfTest } from './read.ts'
import type { ProduceTerms } from './terms.ts'

/** The command line of one of Kafka's tools, as the harness makes it. */
export type ToolCommand = (name: string, args: readonly string[]) => { command: string; args: readonly string[] }

const producer = 'kafka-producer-perf-test'
const consumer = 'kafka-consumer-perf-test'

/** How many arguments the JVM takes before the tool's own. */
const jvmArguments = (toolCommand: ToolCommand, tool: string): number => toolCommand(tool, []).args.length

export function javaProducer(
  toolCommand: ToolCommand,
  { recordBytes, acks, idempotent }: ProduceTerms,
  kind: 'same' | 'defaults',
  goal?: number,
): Contestant {
  const delivery = [`acks=${acks}`, `enable.idempotence=${idempotent}`]
  const same = [`linger.ms=${lingerMs}`, `batch.size=${batchBytes}`, `buffer.memory=${javaBufferBytes}`]
  return {
    id: kind === 'same' ? 'java' : 'java-defaults',
    label: kind === 'same' ? producer : `${producer}, its defaults`,
    shownAs: `${producer}.sh`,
    hiddenArguments: jvmArguments(toolCommand, producer),
    payload: 'a random letter A to Z for every byte',
    notes: ['its steady state line is quoted, which leaves the warm-up of the JVM out'],
    ...(goal === undefined ? {} : { goal }),
    guessPerSec: recordBytes > 500 ? 150_000 : 600_000,
    missing: neverMissing,
    commandLine: task =>
      toolCommand(producer, [
        ...['--bootstrap-server', task.bootstrap, '--topic', task.topic, '--record-size', String(recordBytes)],
        ...['--num-records', String(task.records + task.warmupRecords)],
        ...['--warmup-records', String(task.warmupRecords), '--throughput', '-1', '--command-property'],
        ...[...delivery, ...(kind === 'same' ? same : [])],
      ]),
    read: ({ stdout }) => readProducerPerfTest(stdout),
  }
}

export function javaConsumer(toolCommand: ToolCommand, goal?: number): Contestant {
  return {
    id: 'java',
    label: consumer,
    shownAs: `${consumer}.sh`,
    hiddenArguments: jvmArguments(toolCommand, consumer),
    payload: '',
    notes: [
      'it sets check.crcs=false by itself, whatever the user says: it does less work than the others',
      'its fetch.nMsg.sec is quoted, which leaves the time to join the group out',
    ],
    ...(goal === undefined ? {} : { goal }),
    guessPerSec: 1_500_000,
    missing: neverMissing,
    commandLine: task =>
      toolCommand(consumer, [
        ...['--bootstrap-server', task.bootstrap, '--topic', task.topic, '--num-records', String(task.records)],
        '--hide-header',
      ]),
    read: ({ stdout }) => readConsumerPerfTest(stdout),
  }
}
