// `npm run bench:latency-check`: end to end latency on real Apache Kafka at 50,000 records/s, as a roundtrip reports it, beside what
// a second process finds that reads the same records with a clock of its own. They must agree within 5 % or 0.2 ms.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { BenchPlan } from '../loadgen/plan.ts'
import { runBench } from '../loadgen/run.ts'
import { consumeDefaults, producePlan } from '../test/kafka/bench/plans.ts'
import { startKafka } from '../test/kafka/harness/index.ts'
import { settingsOf } from '../test/kafka/settings.ts'
import { createTopic } from '../wire/admin.ts'
import { Cluster } from '../wire/cluster.ts'

const perSec = 50_000
const warmupSec = Number(process.argv[2] ?? 30)
const measuredSec = Number(process.argv[3] ?? 60)
const shareMax = 0.05
const msMax = 0.2

interface Opinion {
  readonly count: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const kafka = await startKafka()
try {
  const cluster = await Cluster.connect(settingsOf(kafka.bootstrap))
  await createTopic(cluster, { name: 'check', partitions: 6, replicationFactor: 1, configs: {} })
  await cluster.close()
  const args = [kafka.bootstrap, 'check', String(warmupSec), String(measuredSec)]
  const reader = fork(new URL('latency/reader.ts', import.meta.url), args)
  await once(reader, 'message')
  const written = producePlan(kafka.bootstrap, {
    ...{ topic: 'check', warmupMs: warmupSec * 1000, durationMs: measuredSec * 1000 },
    produce: { rate: { kind: 'records', perSec } },
  })
  const plan: BenchPlan = {
    ...{ ...written, mode: 'roundtrip' },
    consume: { ...consumeDefaults, from: { kind: 'latest' }, decode: 'records', stopAtEnd: false },
  }
  const { verdict, reasons, consume } = await runBench(plan)
  if (verdict !== 'ok') throw new Error(JSON.stringify(reasons))
  reader.send('over')
  const [other] = (await once(reader, 'message')) as [Opinion]
  console.log(`roundtrip: ${consume!.latency!.count} records, second process: ${other.count} records`)
  for (const key of ['p50Ms', 'p99Ms'] as const) {
    const own = consume!.latency![key]
    const off = own - other[key]
    const isIn = Math.abs(off) <= Math.max(msMax, shareMax * other[key])
    console.log(
      `${key}: ${own.toFixed(3)} reported, ${other[key].toFixed(3)} by the second process: ${isIn ? 'agrees' : 'IS OFF'}`,
    )
    if (!isIn) process.exitCode = 1
  }
} finally {
  await kafka.stop()
}
