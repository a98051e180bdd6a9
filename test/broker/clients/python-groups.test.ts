// Shows that groups of kafka-python and of confluent-kafka (librdkafka) work against the embedded broker: two consumers share
// a topic, read every record once, commit, and when one leaves the other takes over.
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type EmbeddedCluster, startBroker } from '../../../broker/start.ts'
import { runCommand } from '../../kafka/harness/tools.ts'
import { describeClient, pythonWith } from './describe-client.ts'

const timeoutMs = 90_000
const records = 300

let cluster: EmbeddedCluster
beforeAll(async () => {
  cluster = await startBroker()
})
afterAll(() => cluster.close())

async function run(command: string, script: string, args: readonly string[]): Promise<Record<string, unknown>> {
  const path = join(import.meta.dirname, 'python', script)
  const result = await runCommand(command, [path, cluster.bootstrap, ...args], { timeoutMs: timeoutMs - 5_000 })
  expect(result, result.stderr).toMatchObject({ code: 0 })
  return JSON.parse(result.stdout)
}

const kafkaPython = pythonWith('kafka', 'python3-kafka')
describeClient('kafka-python', kafkaPython.reason, () => {
  it('two consumers share, read, commit and take over', { timeout: timeoutMs }, async () => {
    const found = await run(kafkaPython.command, 'kafka_python_group.py', ['kp', 'kp-group', String(records)])
    expect(found).toEqual({
      read: records,
      committed: records,
      shares: [
        [0, 1, 2],
        [3, 4, 5],
      ],
      takenOver: 6,
      state: 'Stable',
      groups: [['kp-group', 'consumer']],
      groupsAfter: [],
    })
  })
})

const confluent = pythonWith('confluent_kafka', 'python3-confluent-kafka')
describeClient('confluent-kafka', confluent.reason, () => {
  // Eager and incremental: the second keeps what it has while it gets more (KIP-429).
  it.each(['range', 'cooperative-sticky'])(
    'two consumers share, read, commit and take over: %s',
    { timeout: timeoutMs },
    async strategy => {
      const args = [`ck-${strategy}`, `ck-group-${strategy}`, String(records), strategy]
      const found = await run(confluent.command, 'confluent_group.py', args)
      expect(found).toMatchObject({
        read: records,
        committed: records,
        takenOver: 6,
        groups: [[`ck-group-${strategy}`, 'Stable', 'consumer', 1]],
      })
      expect((found.shares as number[][]).map(share => share.length)).toEqual([3, 3])
    },
  )
})
