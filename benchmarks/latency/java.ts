// Kafka's own kafka-producer-perf-test at the same rate against the same broker with the same stall: what it says of it.
import { parseFault, startBroker } from '../../broker/index.ts'
import { installKafka, runCommand } from '../../test/kafka/harness/index.ts'
import { toolCommand } from '../../test/kafka/harness/tools.ts'

const perSec = 100_000

export async function javaOfStall(seconds: number, stallSec: number): Promise<string> {
  const cluster = await startBroker({ memoryBytesMax: 512 * 2 ** 20 })
  try {
    const configs = { 'retention.bytes': String(16 * 2 ** 20) }
    await cluster.run('createTopic', { name: 'latency', partitions: 6, replicationFactor: 1, configs })
    const fault = `stall:api=Produce,after=${(seconds * 1000) / 3}ms,for=${stallSec * 1000}ms`
    await cluster.faults.add(parseFault(fault))
    const properties = [`bootstrap.servers=${cluster.bootstrap}`, 'acks=all', 'linger.ms=5', 'batch.size=262144']
    const args = ['--topic', 'latency', '--num-records', String(perSec * seconds), '--throughput', String(perSec)]
    const line = toolCommand(await installKafka('4.3.1'), 'kafka-producer-perf-test', [
      ...args,
      ...['--record-size', '100', '--producer-props', ...properties],
    ])
    const { stdout, stderr, code } = await runCommand(line.command, line.args, { timeoutMs: seconds * 2_000 + 30_000 })
    if (code !== 0) throw new Error(`kafka-producer-perf-test ended with ${code}: ${stderr.slice(-500)}`)
    return stdout.trim().split('\n').at(-1)!
  } finally {
    await cluster.close()
  }
}
