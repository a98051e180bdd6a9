// Bench plans of the suites that call runBench itself. Everything that a case does not name is the same for all.
import type { BenchPlan, ConsumePlan, ProducePlan, TopicCreation } from '../../../loadgen/plan.ts'
import { settingsOf } from '../settings.ts'

export const produceDefaults: ProducePlan = {
  size: { kind: 'fixed', bytes: 100 },
  keys: { kind: 'none' },
  payload: { kind: 'random' },
  headers: [],
  stamp: 'value',
  partitioner: { kind: 'sticky' },
  acks: -1,
  idempotent: false,
  compression: 'none',
  batchBytes: 65_536,
  lingerMs: 5,
  inFlightMax: 5,
  bufferBytes: 16 * 1024 * 1024,
  requestBytesMax: 1_000_000,
  deliveryTimeoutMs: 30_000,
}

export const consumeDefaults: ConsumePlan = {
  from: { kind: 'earliest' },
  verifyCrc: true,
  isolation: 'read_uncommitted',
  fetchMinBytes: 1,
  fetchMaxBytes: 8 * 1024 * 1024,
  fetchMaxWaitMs: 500,
  partitionMaxBytes: 1024 * 1024,
  decode: 'headers',
  stopAtEnd: true,
}

const shared = { workers: 1, seed: 1, warmupMs: 0 }

export interface PlanChanges extends Partial<Omit<BenchPlan, 'topic' | 'produce' | 'consume'>> {
  readonly topic: string
  readonly create?: Partial<TopicCreation>
  readonly produce?: Partial<ProducePlan>
  readonly consume?: Partial<ConsumePlan>
}

export function producePlan(
  bootstrap: string,
  { topic, create, produce, ...rest }: Omit<PlanChanges, 'consume'>,
): BenchPlan {
  return {
    mode: 'produce',
    client: settingsOf(bootstrap),
    ...shared,
    ...rest,
    topic: topicPlan(topic, create),
    produce: { ...produceDefaults, ...produce },
  }
}

function topicPlan(name: string, create: Partial<TopicCreation> | undefined): BenchPlan['topic'] {
  if (create === undefined) return { name }
  return { name, create: { partitions: 1, replicationFactor: 1, configs: {}, keep: true, ...create } }
}
