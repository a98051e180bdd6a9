// `npm run bench:accounting`: the bar for accounting in full. A hundred million records go through three embedded brokers and
// are read back while leaders move, brokers stop and connections break: with an idempotent producer nothing may be lost,
// doubled, or said to be. Then ten million without idempotence, with batches lost, stored twice and answers lost: what is
// found must explain the brokers' end offsets to the record. About five minutes; the CI form is test/broker/accounting.test.ts.
//
//   npm run bench:accounting -- [records of the first part] [records of the second part]
import type { Fault } from '../broker/faults.ts'
import { startBroker } from '../broker/start.ts'
import type { BenchPlan, ProducePlan } from '../loadgen/plan.ts'
import type { Result } from '../loadgen/result.ts'
import { runBench } from '../loadgen/run.ts'
import { consumeDefaults, produceDefaults, producePlan } from '../test/kafka/bench/plans.ts'

const [calmRecords = 100_000_000, injectedRecords = 10_000_000] = process.argv.slice(2).map(Number)
/** Slow enough that the consumers stay within what the brokers keep. */
const perSec = 500_000

interface Part {
  readonly name: string
  readonly records: number
  readonly produce: Partial<ProducePlan>
  readonly faults: readonly Fault[]
}

const parts: readonly Part[] = [
  {
    name: 'idempotent, leaders move and brokers stop',
    records: calmRecords,
    produce: { idempotent: true },
    faults: [
      { effect: { kind: 'move-leader' }, everyMs: 1_000 },
      { effect: { kind: 'stop-broker' }, match: { broker: 2 }, afterMs: 5_000, forMs: 500, everyMs: 10_000 },
      { effect: { kind: 'drop', when: 'answer' }, match: { api: 'Produce' }, percent: 0.2 },
      { effect: { kind: 'drop', when: 'request' }, match: { api: 'Fetch' }, percent: 0.2 },
    ],
  },
  {
    name: 'not idempotent, lost and doubled on purpose',
    records: injectedRecords,
    produce: { acks: 1 },
    faults: [
      { effect: { kind: 'lose' }, percent: 0.5 },
      { effect: { kind: 'repeat' }, percent: 0.5 },
      { effect: { kind: 'drop', when: 'answer' }, match: { api: 'Produce' }, percent: 0.5 },
    ],
  },
]

async function run({ records, produce, faults }: Part): Promise<Result> {
  const broker = await startBroker({ brokers: 3, memoryBytesMax: 3 * 2 ** 30 })
  try {
    const configs = { 'retention.bytes': String(256 * 2 ** 20) }
    const create = { partitions: 6, replicationFactor: 3, configs }
    const written = producePlan(broker.bootstrap, { topic: 'accounting', create, records, workers: 2 })
    const rate = { kind: 'records', perSec } as const
    const plan: BenchPlan = {
      ...written,
      mode: 'roundtrip',
      produce: { ...produceDefaults, size: { kind: 'fixed', bytes: 40 }, rate, deliveryTimeoutMs: 60_000, ...produce },
      consume: { ...consumeDefaults, decode: 'records', stopAtEnd: false },
    }
    let begun: Promise<unknown> | undefined
    const onProgress = () => {
      begun ??= Promise.all(faults.map(fault => broker.faults.add(fault)))
    }
    const result = await runBench(plan, { onProgress })
    await begun
    return result
  } finally {
    await broker.close()
  }
}

/** Whether the brokers' end offsets, which no consumer has a part in, say the same. */
function explains({ consume, delivery }: Result): boolean {
  const { expected, lost, duplicated, unacknowledgedReceived } = consume!.accounting!
  return delivery!.brokerDelta === expected - lost + duplicated + unacknowledgedReceived
}

let isGood = true
for (const part of parts) {
  const startedMs = performance.now()
  const result = await run(part)
  const { expected, received, lost, duplicated, reordered, exact } = result.consume!.accounting!
  const isCalm = part.produce.idempotent === true
  const isRight = isCalm ? result.reasons.length === 0 : lost > 0 && duplicated > 0
  if (!isRight || !explains(result) || expected !== part.records) isGood = false
  console.log(`${part.name}: ${((performance.now() - startedMs) / 1000).toFixed(0)} s`)
  console.log(`  ${JSON.stringify({ expected, received, lost, duplicated, reordered, exact })}`)
  console.log(
    `  end offsets grew by ${result.delivery!.brokerDelta}: ${explains(result) ? 'explained' : 'NOT explained'}`,
  )
  console.log(`  batches sent again ${result.produce!.retries}, fetches ${result.consume!.retries}`)
  for (const { code, message } of result.reasons) console.log(`  ${code} ${message}`)
}
console.log(isGood ? 'passed' : 'FAILED')
process.exitCode = isGood ? 0 : 1
