// Consumers, by their properties: records that are skipped or read twice, and members that are thrown out or hang unseen.
import type { Facts } from '../facts.ts'
import type { Check } from '../finding.ts'
import { listOf, numberOf, type Settings } from '../settings.ts'
import { forRole } from './producers.ts'

/** Java clients since 3.0. */
const defaults = { sessionMs: 45_000, heartbeatMs: 3_000, pollMs: 300_000, pollRecords: 500 }

const sessionOf = (settings: Settings) => numberOf(settings, 'session.timeout.ms') ?? defaults.sessionMs
const pollOf = (settings: Settings) => numberOf(settings, 'max.poll.interval.ms') ?? defaults.pollMs

/** Why the application is taken for one that commits when it is done with a record. */
function manualReason({ commitsManually }: Facts, settings: Settings): string | undefined {
  if (commitsManually) return '--manual-commits says that the application commits by itself'
  if (settings.get('isolation.level') === 'read_committed') return 'isolation.level=read_committed'
  const interval = pollOf(settings)
  return interval > defaults.pollMs ? `max.poll.interval.ms=${interval} allows for long processing` : undefined
}

export const consumerChecks: readonly Check[] = [
  {
    id: 'consumer-auto-commit',
    severity: 'warning',
    title: 'Positions are committed before records are processed',
    risk: 'enable.auto.commit=true commits what poll() has returned, whatever became of it: when an application that works on by itself fails, its records are skipped.',
    find: facts =>
      forRole(facts, 'consumer', 'enable.auto.commit', settings => {
        const reason = manualReason(facts, settings)
        if (settings.get('enable.auto.commit') === 'false' || reason === undefined) return undefined
        const byDefault = settings.isSet('enable.auto.commit') ? '' : ' (by default)'
        return {
          evidence: `enable.auto.commit=true${byDefault}; ${reason}`,
          fix: settings.change('enable.auto.commit', 'false'),
        }
      }),
  },
  {
    id: 'consumer-session-short',
    severity: 'warning',
    title: 'A member is thrown out after a short pause',
    risk: 'A garbage collection or a busy machine is taken for death: the group rebalances again and again.',
    find: facts =>
      forRole(facts, 'consumer', 'session.timeout.ms', settings =>
        sessionOf(settings) < 10_000
          ? {
              evidence: `session.timeout.ms=${sessionOf(settings)}`,
              fix: settings.change('session.timeout.ms', '45000'),
            }
          : undefined,
      ),
  },
  {
    id: 'consumer-session-refused',
    severity: 'critical',
    title: 'Brokers refuse the session timeout',
    risk: 'Outside of group.min.session.timeout.ms and group.max.session.timeout.ms the consumer cannot join (INVALID_SESSION_TIMEOUT).',
    find: facts =>
      forRole(facts, 'consumer', 'session.timeout.ms', settings => {
        const session = sessionOf(settings)
        for (const { settings: broker } of facts.cluster?.brokers ?? []) {
          if (broker === undefined) continue
          const min = numberOf(broker, 'group.min.session.timeout.ms') ?? 0
          const max = numberOf(broker, 'group.max.session.timeout.ms') ?? Number.POSITIVE_INFINITY
          if (session >= min && session <= max) continue
          return {
            evidence: `session.timeout.ms=${session}, ${broker.subject} takes ${min} to ${max}`,
            fix: settings.change('session.timeout.ms', String(Math.min(max, Math.max(min, defaults.sessionMs)))),
          }
        }
        return undefined
      }),
  },
  {
    id: 'consumer-heartbeat',
    severity: 'warning',
    title: 'Too few heartbeats fit into a session',
    risk: 'At most a third of session.timeout.ms, so that two may be lost: with fewer, one lost heartbeat is a rebalance.',
    find: facts =>
      forRole(facts, 'consumer', 'heartbeat.interval.ms', settings => {
        const heartbeat = numberOf(settings, 'heartbeat.interval.ms') ?? defaults.heartbeatMs
        const session = sessionOf(settings)
        if (heartbeat * 3 <= session) return undefined
        return {
          evidence: `heartbeat.interval.ms=${heartbeat}, session.timeout.ms=${session}`,
          fix: settings.change('heartbeat.interval.ms', String(Math.floor(session / 3))),
        }
      }),
  },
  {
    id: 'consumer-poll-interval-short',
    severity: 'warning',
    title: 'There is little time between polls',
    risk: 'Whoever needs longer than max.poll.interval.ms for one poll leaves the group, loses its partitions and reads the same records again, for ever.',
    find: facts =>
      forRole(facts, 'consumer', 'max.poll.interval.ms', settings => {
        const [poll, session] = [pollOf(settings), sessionOf(settings)]
        if (poll >= Math.max(60_000, session)) return undefined
        const records = numberOf(settings, 'max.poll.records') ?? defaults.pollRecords
        return {
          evidence: `max.poll.interval.ms=${poll} for up to ${records} records, session.timeout.ms=${session}`,
          fix: settings.change('max.poll.interval.ms', String(defaults.pollMs)),
        }
      }),
  },
  {
    id: 'consumer-poll-interval-long',
    severity: 'warning',
    title: 'A hanging consumer is not noticed',
    risk: 'A member whose processing hangs keeps its partitions for max.poll.interval.ms, and nobody reads them.',
    find: facts =>
      forRole(facts, 'consumer', 'max.poll.interval.ms', settings =>
        pollOf(settings) > 1_800_000
          ? {
              evidence: `max.poll.interval.ms=${pollOf(settings)} (${Math.round(pollOf(settings) / 60_000)} minutes)`,
              fix: settings.change('max.poll.interval.ms', '900000'),
            }
          : undefined,
      ),
  },
  {
    id: 'consumer-read-uncommitted',
    severity: 'warning',
    title: 'A consumer reads records of aborted transactions',
    risk: 'Producers here use transactions; without isolation.level=read_committed their aborted records are processed too.',
    find: facts => {
      const isTransactional = facts.clients.some(({ settings }) => settings.isSet('transactional.id'))
      if (!isTransactional) return []
      return forRole(facts, 'consumer', 'isolation.level', settings =>
        settings.get('isolation.level') === 'read_committed'
          ? undefined
          : {
              evidence: `isolation.level=${settings.get('isolation.level') ?? 'read_uncommitted (by default)'}; a transactional.id is in these files`,
              fix: settings.change('isolation.level', 'read_committed'),
            },
      )
    },
  },
  {
    id: 'consumer-eager',
    severity: 'notice',
    title: 'Rebalances stop the whole group',
    risk: 'With an eager assignor alone every member gives everything back at each change; cooperative-sticky moves only what must move (KIP-429).',
    find: facts =>
      forRole(facts, 'consumer', 'partition.assignment.strategy', settings => {
        const strategies = listOf(settings.get('partition.assignment.strategy'))
        if (strategies.length === 0 || strategies.some(name => /cooperative/i.test(name))) return undefined
        if (settings.get('group.protocol')?.toLowerCase() === 'consumer') return undefined
        return {
          evidence: `partition.assignment.strategy=${strategies.join(',')}`,
          fix: settings.change(
            'partition.assignment.strategy',
            'org.apache.kafka.clients.consumer.CooperativeStickyAssignor',
          ),
        }
      }),
  },
  {
    id: 'consumer-fetch-small',
    severity: 'notice',
    title: 'A consumer fetches less than one record may have',
    risk: 'Records larger than max.partition.fetch.bytes come one a request.',
    find: facts =>
      forRole(facts, 'consumer', 'max.partition.fetch.bytes', settings => {
        const fetch = numberOf(settings, 'max.partition.fetch.bytes')
        const largest = Math.max(
          0,
          ...(facts.cluster?.topics ?? []).map(({ configs }) => Number(configs?.get('max.message.bytes') ?? 0)),
        )
        if (fetch === undefined || largest === 0 || fetch + 12 >= largest) return undefined
        return {
          evidence: `max.partition.fetch.bytes=${fetch}, max.message.bytes=${largest} of a topic`,
          fix: settings.change('max.partition.fetch.bytes', String(largest)),
        }
      }),
  },
]
