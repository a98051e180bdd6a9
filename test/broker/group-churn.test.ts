// Shows that a group of 50 members over 100 partitions, which join, leave, are killed, restart, stall and lose their
// connections all the while that they read and commit, reads every record, never has two owners of a partition at once, and
// loses no commit: with classic groups of all assignors and with KIP-848 groups, over sockets, on three brokers.
// What happens follows from a seed. `npm run churn` does the same with 10,000 records a partition and more events.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedCluster, startBroker } from '../../broker/start.ts'
import { settingsOf } from '../kafka/settings.ts'
import { churn, type GroupKind } from '../wire/group/churn.ts'

const isLong = process.env.MILLRACE_CHURN === 'long'
const seed = Number(process.env.MILLRACE_CHURN_SEED ?? 1)
const partitions = 100
const members = 50
const recordsPerPartition = isLong ? 10_000 : 1_000
const events = isLong ? 100 : 12
const sessionTimeoutMs = 3_000
const heartbeatIntervalMs = 300
const timeoutMs = isLong ? 600_000 : 120_000

let cluster: EmbeddedCluster
const notices: string[] = []
beforeAll(async () => {
  const configs = {
    'group.min.session.timeout.ms': '100',
    'group.consumer.session.timeout.ms': String(sessionTimeoutMs),
    'group.consumer.heartbeat.interval.ms': String(heartbeatIntervalMs),
  }
  cluster = await startBroker({ brokers: 3, configs, onNotice: line => notices.push(line) })
})
afterAll(() => cluster.close())

const kinds: GroupKind[] = isLong
  ? ['range', 'roundrobin', 'cooperative-sticky', 'KIP-848']
  : ['range', 'cooperative-sticky', 'KIP-848']

describe('a group whose members come and go', () => {
  it.each(kinds)('%s: every record read, one owner at a time, no commit lost', { timeout: timeoutMs }, async kind => {
    const result = await churn({
      settings: settingsOf(cluster.bootstrap, { requestTimeoutMs: 10_000 }),
      topic: `topic-${kind}`,
      ...{ kind, seed, partitions, recordsPerPartition, members, events, sessionTimeoutMs, heartbeatIntervalMs },
      pauseMs: 50,
      deadlineMs: timeoutMs - 20_000,
      breakConnections: random => cluster.run('closeConnections', 1 + random.below(3)),
    })
    const { ledger, happened, loads, committed, ends } = result
    const again = `seed ${seed}; ${JSON.stringify(happened)}`
    expect(ledger.violations, again).toEqual([])
    expect(ends, again).toEqual([])
    expect(ledger.distinct, again).toBe(partitions * recordsPerPartition)
    expect(committed, again).toEqual(Array.from({ length: partitions }, () => recordsPerPartition))
    expect(loads, again).toEqual(Array.from({ length: members }, () => partitions / members))
    expect(notices).toEqual([])
    if (isLong) {
      const { reads, commits, refusals, takes } = ledger
      console.log(kind, { reads, commits, refusals, takes, happened })
    }
  })
})
