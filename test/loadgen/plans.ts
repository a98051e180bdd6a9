// Plans for tests: everything is decided here, so that a test names only what it is about.
import type { BenchPlan, ConsumePlan, ProducePlan } from '../../loadgen/plan.ts'
import { clientDefaults } from '../../wire/settings.ts'

export function produceOf(changes: Partial<ProducePlan> = {}): ProducePlan {
  return {
    size: { kind: 'fixed', bytes: 100 },
    keys: { kind: 'none' },
    payload: { kind: 'random' },
    headers: [],
    stamp: 'value',
    partitioner: { kind: 'sticky' },
    acks: -1,
    idempotent: false,
    compression: 'none',
    batchBytes: 16_384,
    lingerMs: 5,
    inFlightMax: 5,
    bufferBytes: 32 * 16_384,
    requestBytesMax: 1_048_576,
    deliveryTimeoutMs: 120_000,
    ...changes,
  }
}

export function consumeOf(changes: Partial<ConsumePlan> = {}): ConsumePlan {
  return {
    from: { kind: 'earliest' },
    verifyCrc: true,
    isolation: 'read_uncommitted',
    fetchMinBytes: 1,
    fetchMaxBytes: 8 * 1024 * 1024,
    fetchMaxWaitMs: 500,
    partitionMaxBytes: 1024 * 1024,
    decode: 'records',
    stopAtEnd: true,
    ...changes,
  }
}

export function benchOf(changes: Partial<BenchPlan> = {}): BenchPlan {
  return {
    mode: 'produce',
    client: { ...clientDefaults, bootstrap: [{ host: '127.0.0.1', port: 9092 }] },
    topic: { name: 'orders' },
    workers: 2,
    seed: 42,
    warmupMs: 0,
    ...changes,
  }
}
