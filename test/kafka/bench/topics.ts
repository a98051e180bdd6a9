// What a suite asks Kafka's own tools about the topics that a bench run has touched.
import { expect } from 'vitest'
import type { KafkaCluster } from '../harness/index.ts'

/** End offset of every partition, as kafka-get-offsets prints it. */
export async function endOffsetsByTool(kafka: KafkaCluster, topic: string): Promise<number[]> {
  const { stdout } = await kafka.tool('kafka-get-offsets', [
    '--bootstrap-server',
    kafka.adminBootstrap,
    '--topic',
    topic,
  ])
  const offsets: number[] = []
  for (const [, partition, offset] of stdout.matchAll(/:(\d+):(\d+)$/gm)) offsets[Number(partition)] = Number(offset)
  return offsets
}

export async function topicNames(kafka: KafkaCluster): Promise<string[]> {
  const { stdout } = await kafka.tool('kafka-topics', ['--bootstrap-server', kafka.adminBootstrap, '--list'])
  return stdout.split('\n').filter(line => line !== '')
}

export async function createTopicByTool(
  kafka: KafkaCluster,
  topic: string,
  more: readonly string[] = [],
): Promise<void> {
  const args = ['--bootstrap-server', kafka.adminBootstrap, '--create', '--topic', topic, ...more]
  expect(await kafka.tool('kafka-topics', args)).toMatchObject({ code: 0 })
}

/** Lines that the console consumer prints: as many as `--max-messages` says, or until nothing has come for some time. */
export async function consoleLines(
  kafka: KafkaCluster,
  topic: string,
  more: readonly string[] = [],
  idleMs = 12_000,
): Promise<string[]> {
  const connect = ['--bootstrap-server', kafka.adminBootstrap, '--topic', topic, '--from-beginning']
  const { stdout } = await kafka.tool('kafka-console-consumer', [...connect, '--timeout-ms', String(idleMs), ...more])
  return stdout.split('\n').filter(line => line !== '')
}

/** Prints of the console consumer, by the names that 4.x gives its properties. */
export const printing = (...what: readonly string[]): string[] =>
  what.flatMap(name => ['--formatter-property', `print.${name}=true`])
