// Everything the canary counts, by partition and by broker.
import { LatencyBuckets } from '../../metrics/buckets.ts'
import type { GapReason } from '../gap.ts'
import type { Coverage } from './layout.ts'
import { CanaryLedger } from './ledger.ts'
import type { CanaryFailure, CanaryReport, CanaryStep } from './report.ts'

interface BrokerLatencies {
  readonly produce: LatencyBuckets
  readonly endToEnd: LatencyBuckets
}

export class CanaryBooks {
  readonly #lateAfterMs: number
  readonly #ledgers = new Map<number, CanaryLedger>()
  readonly #latencies = new Map<number, BrokerLatencies>()
  readonly #failures = new Map<string, CanaryFailure>()
  readonly commitLatency = new LatencyBuckets()

  constructor(lateAfterMs: number) {
    this.#lateAfterMs = lateAfterMs
  }

  ledger(partition: number): CanaryLedger {
    const ledger = this.#ledgers.get(partition) ?? new CanaryLedger(this.#lateAfterMs)
    this.#ledgers.set(partition, ledger)
    return ledger
  }

  abandon(): void {
    for (const ledger of this.#ledgers.values()) ledger.abandon()
  }

  latencies(broker: number): BrokerLatencies {
    const latencies = this.#latencies.get(broker) ?? { produce: new LatencyBuckets(), endToEnd: new LatencyBuckets() }
    this.#latencies.set(broker, latencies)
    return latencies
  }

  fail(step: CanaryStep, broker: number | undefined, reason: GapReason): void {
    const key = `${step} ${broker} ${reason}`
    const count = (this.#failures.get(key)?.count ?? 0) + 1
    this.#failures.set(key, { step, broker, reason, count })
  }

  /** Brokers that are gone from the cluster are gone from here too. */
  report({ leaders, uncovered }: Coverage, nowMs: number): CanaryReport {
    const covered = new Set(leaders.values())
    const brokers = [...new Set([...covered, ...uncovered])].toSorted((a, b) => a - b)
    for (const known of this.#latencies.keys()) if (!brokers.includes(known)) this.#latencies.delete(known)
    return {
      partitions: [...this.#ledgers].map(([partition, ledger]) => {
        ledger.age(nowMs)
        return { partition, leader: leaders.get(partition), counts: { ...ledger.counts }, overdue: ledger.overdue }
      }),
      brokers: brokers.map(broker => {
        const { produce, endToEnd } = this.latencies(broker)
        const latencies = { produceLatency: produce.read(), endToEndLatency: endToEnd.read() }
        return { broker, isCovered: covered.has(broker), ...latencies }
      }),
      failures: [...this.#failures.values()],
      commitLatency: this.commitLatency.read(),
    }
  }
}
