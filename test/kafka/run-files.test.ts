// Shows that a test in YAML and a workload of the OpenMessaging Benchmark are run as a user runs them: the real process, what is in
// the topics afterwards, and the result in OMB's form.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeBrokers } from './brokers/describe-brokers.ts'
import type { SharedCluster } from './brokers/target.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(MILLRACE|K6)_/.test(name)))

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function run(args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, ['cli/main.ts', 'run', ...args], { cwd: root, env })
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000)
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk))
  return new Promise(resolve =>
    child.on('close', code => {
      clearTimeout(timer)
      resolve({ code: code ?? -1, stdout, stderr })
    }),
  )
}

describeBrokers('tests from files', broker => {
  let kafka: SharedCluster
  let dir: string
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'millrace-files-'))
    kafka = await broker.shared()
  })
  afterAll(async () => {
    rmSync(dir, { recursive: true, force: true })
    await kafka?.stop()
  })

  const write = (name: string, text: string) => {
    const path = join(dir, name)
    writeFileSync(path, text)
    return path
  }

  it('in YAML: its messages are in its topic, and its thresholds decide', async () => {
    await kafka.tools.createTopic('yaml-orders', 2)
    const file = write(
      'orders.yaml',
      `kafka: { topic: yaml-orders, recordSize: 200, acks: 1 }
scenarios:
  counted: { executor: shared-iterations, vus: 2, iterations: 500 }
thresholds:
  records_produced: ["count==500"]
  response_time: ["max<0"]
`,
    )
    const { code, stdout, stderr } = await run([file, '--bootstrap', kafka.bootstrap])
    expect(code, stderr).toBe(99)
    expect(stdout).toContain("✓ 'count==500'")
    expect(stdout).toContain("✗ 'max<0'")
    const ends = await kafka.tools.endOffsets('yaml-orders')
    expect(ends.reduce((sum, end) => sum + end, 0)).toBe(500)
  })

  it('of OMB: as they are, with a result in its form; its topics are gone afterwards', async () => {
    const workload = write(
      'workload.yaml',
      `name: two topics
topics: 2
partitionsPerTopic: 2
keyDistributor: RANDOM_NANO
messageSize: 1024
useRandomizedPayloads: true
randomBytesRatio: 0.5
randomizedPayloadPoolSize: 100
subscriptionsPerTopic: 1
consumerPerSubscription: 1
producersPerTopic: 1
producerRate: 400
testDurationMinutes: 0.05
warmupDurationMinutes: 0
`,
    )
    const driver = write(
      'driver.yaml',
      `name: Kafka
driverClass: io.openmessaging.benchmark.driver.kafka.KafkaBenchmarkDriver
replicationFactor: 3
topicConfig: |
  min.insync.replicas=1
commonConfig: |
  bootstrap.servers=${kafka.bootstrap}
producerConfig: |
  acks=all
  linger.ms=1
  batch.size=131072
consumerConfig: |
  auto.offset.reset=earliest
  enable.auto.commit=false
`,
    )
    const [out, ombOut] = [join(dir, 'result.json'), join(dir, 'omb.json')]
    const files = ['--omb-workload', workload, '--omb-driver', driver, '--omb-out', ombOut, '--out', out]
    const { code, stderr } = await run([...files, '--replication-factor', '1'])
    expect(code, stderr).toBe(0)
    expect(stderr).toContain('randomized payloads are new for each record')
    const result = JSON.parse(readFileSync(out, 'utf8'))
    expect(Object.values(result.delivery)).toEqual([
      expect.objectContaining({ confirmed: true, acked: 600 }),
      expect.objectContaining({ confirmed: true, acked: 600 }),
    ])
    const omb = JSON.parse(readFileSync(ombOut, 'utf8'))
    expect(omb).toMatchObject({ workload: 'two topics', driver: 'Kafka', topics: 2, partitions: 2, messageSize: 1024 })
    expect(omb.publishRate[0] / 400).toBeCloseTo(1, 0)
    expect(omb.consumeRate[0] / 400).toBeCloseTo(1, 0)
    expect(omb.aggregatedEndToEndLatencyMax).toBeGreaterThan(0)
    expect(omb.aggregatedPublishLatencyQuantiles['100.0']).toBeGreaterThan(0)
    expect((await kafka.tools.topicNames()).filter(name => name.startsWith('test-topic-'))).toEqual([])
  })

  it('of OMB without a driver, or with flags that it says itself, are refused', async () => {
    const workload = write('alone.yaml', 'name: x\ntopics: 1\npartitionsPerTopic: 1\n')
    const alone = await run([workload])
    expect(alone).toMatchObject({
      code: 104,
      stderr: expect.stringContaining('give its driver file with --omb-driver'),
    })
    const flags = await run(['--omb-workload', workload, '--omb-driver', workload, '--vus', '3'])
    expect(flags).toMatchObject({ code: 104, stderr: expect.stringContaining('--vus: is not taken with a workload') })
  })
})
