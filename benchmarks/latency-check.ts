// `npm run bench:latency-check`: end to end latency on real Apache Kafka at 50,000 records/s, as a roundtrip reports it, beside what
// a second process finds that reads the same records with a clock of its own. They must agree within 5 % or 0.2 ms.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import type { BenchPlan } from '../loadgen/plan.ts'
import { runBench } from '../loadgen/run.ts'
import { consumeDefaults, producePlan } from '../test/kafka/bench/plans.ts'
import { startKafka } from '../test/kafka/harness/index.ts'
import { settingsOf } from '../test/kafka/settings.ts'
import { createTopic } from '../wire/admin.ts'
import { Cluster } from '../wire/cluster.ts'
import { tell } from './bars/data.ts'

const perSec = 50_000
const { values } = parseArgs({
  options: {
    // A JVM that has just started compiles its code for half a minute, and stalls whoever measures.
    warmup: { type: 'string', default: '30' },
    seconds: { type: 'string', default: '60' },
    record: { type: 'boolean', default: false },
  },
})
const warmupSec = Number(values.warmup)
const measuredSec = Number(values.seconds)
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
  const rows = (['p50Ms', 'p99Ms'] as const).map(key => {
    const own = consume!.latency![key]
    const off = own - other[key]
    const isIn = Math.abs(off) <= Math.max(msMax, shareMax * other[key])
    return {
      isIn,
      cells: [
        key.slice(0, -2),
        ...[own, other[key], off].map(ms => ms.toFixed(3)),
        `${((off / other[key]) * 100).toFixed(1)} %`,
      ],
    }
  })
  const found = {
    id: 'latency-check',
    command: 'npm run bench:latency-check',
    goal: `Real Apache Kafka, ${perSec} records/s, ${measuredSec} s after ${warmupSec} s of warm-up: end to end within 5 % or 0.2 ms of what a second process measures, which fetches the same records and keeps every value.`,
    passed: rows.every(({ isIn }) => isIn),
    heads: ['', 'reported, ms', 'second process, ms', 'off, ms', 'off'],
    rows: rows.map(({ cells }) => cells),
    notes: [`${consume!.latency!.count} records in the report, ${other.count} by the second process.`],
  }
  tell(found, values.record)
} finally {
  await kafka.stop()
}
