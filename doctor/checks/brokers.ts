// Brokers: their settings, as they apply them or as a file of theirs says, and their disks.
import { allBrokerSettings, type Facts, replicasWanted } from '../facts.ts'
import type { Check, Hit } from '../finding.ts'
import { listOf, numberOf, type Settings } from '../settings.ts'

function forBrokers(facts: Facts, find: (settings: Settings) => Omit<Hit, 'subject'> | undefined, name: string): Hit[] {
  return allBrokerSettings(facts).flatMap(settings => {
    const hit = find(settings)
    return hit === undefined ? [] : [{ subject: settings.where(name), ...hit }]
  })
}

/** A setting that is wrong by its value alone. */
const byValue = (
  name: string,
  isWrong: (settings: Settings, facts: Facts) => boolean,
  better: string | ((facts: Facts) => string),
): Check['find'] => {
  return facts =>
    forBrokers(
      facts,
      settings =>
        isWrong(settings, facts)
          ? {
              evidence: `${name}=${settings.get(name) ?? ''}${settings.isSet(name) ? '' : ' (by default)'}`,
              fix: settings.change(name, typeof better === 'string' ? better : better(facts)),
            }
          : undefined,
      name,
    )
}

/** Those that must be the same everywhere, or the leader decides by chance. */
const sharedNames = [
  'min.insync.replicas',
  'default.replication.factor',
  'unclean.leader.election.enable',
  'auto.create.topics.enable',
  'message.max.bytes',
  'log.retention.ms',
  'log.retention.hours',
  'compression.type',
  'offsets.retention.minutes',
  'transaction.max.timeout.ms',
  'group.max.session.timeout.ms',
] as const

const freeShareMin = 0.15

export const brokerChecks: readonly Check[] = [
  {
    id: 'broker-default-replication',
    severity: 'warning',
    title: 'New topics get too few replicas',
    risk: 'Topics that are made without a number of replicas, by hand or by themselves, start with a single point of failure.',
    find: byValue(
      'default.replication.factor',
      (settings, facts) => (numberOf(settings, 'default.replication.factor') ?? 3) < replicasWanted(facts),
      facts => String(replicasWanted(facts)),
    ),
  },
  {
    id: 'broker-min-insync-one',
    severity: 'warning',
    title: 'acks=all is confirmed by one replica in new topics',
    risk: 'Topics without min.insync.replicas of their own take it from here: with 1 a lone leader acknowledges what only it has.',
    find: byValue(
      'min.insync.replicas',
      (settings, facts) => replicasWanted(facts) >= 3 && numberOf(settings, 'min.insync.replicas') === 1,
      '2',
    ),
  },
  {
    id: 'broker-unclean-election',
    severity: 'critical',
    title: 'Replicas that are behind may become leaders',
    risk: 'After a failure acknowledged records may be cut off without an error, in every topic that does not say otherwise.',
    find: byValue(
      'unclean.leader.election.enable',
      settings => settings.get('unclean.leader.election.enable') === 'true',
      'false',
    ),
  },
  {
    id: 'broker-auto-create-topics',
    severity: 'warning',
    title: 'Topics make themselves',
    risk: 'A mistyped name becomes a topic with default settings, and a consumer of a deleted topic makes it again, empty.',
    find: byValue(
      'auto.create.topics.enable',
      settings => settings.get('auto.create.topics.enable') === 'true',
      'false',
    ),
  },
  {
    id: 'broker-no-leader-rebalance',
    severity: 'warning',
    title: 'Leaders do not go home',
    risk: 'After each restart leaders stay where they fled to: in time one broker leads everything.',
    find: byValue(
      'auto.leader.rebalance.enable',
      settings => settings.get('auto.leader.rebalance.enable') === 'false',
      'true',
    ),
  },
  {
    id: 'broker-uncontrolled-shutdown',
    severity: 'warning',
    title: 'A broker leaves without a goodbye',
    risk: 'Each planned restart is an outage of its partitions: leaders do not move before it stops.',
    find: byValue(
      'controlled.shutdown.enable',
      settings => settings.get('controlled.shutdown.enable') === 'false',
      'true',
    ),
  },
  {
    id: 'broker-offsets-retention',
    severity: 'warning',
    title: 'Positions of idle groups are forgotten soon',
    risk: 'A group that pauses for longer starts again at auto.offset.reset: it skips records or reads everything twice.',
    find: byValue(
      'offsets.retention.minutes',
      settings => (numberOf(settings, 'offsets.retention.minutes') ?? 10_080) < 1_440 * 7,
      '10080',
    ),
  },
  {
    id: 'broker-forced-flush',
    severity: 'warning',
    title: 'Every few records are flushed to disk',
    risk: 'Kafka is durable by replicas; this makes every producer wait for the disk.',
    find: byValue(
      'log.flush.interval.messages',
      settings => (numberOf(settings, 'log.flush.interval.messages') ?? Number.POSITIVE_INFINITY) <= 10_000,
      '9223372036854775807',
    ),
  },
  {
    id: 'broker-replica-fetch',
    severity: 'warning',
    title: 'Followers fetch less than a record may have',
    risk: 'Large records are copied one request each: replicas fall behind when there are many of them.',
    find: facts =>
      forBrokers(
        facts,
        settings => {
          const [record, fetch] = [
            numberOf(settings, 'message.max.bytes'),
            numberOf(settings, 'replica.fetch.max.bytes'),
          ]
          // Kafka's own defaults differ by the twelve bytes of a batch in the log.
          if (record === undefined || fetch === undefined || record <= fetch + 12) return undefined
          return {
            evidence: `message.max.bytes=${record}, replica.fetch.max.bytes=${fetch}`,
            fix: settings.change('replica.fetch.max.bytes', String(record)),
          }
        },
        'replica.fetch.max.bytes',
      ),
  },
  {
    id: 'broker-temporary-logs',
    severity: 'critical',
    title: 'Records are kept in a temporary directory',
    risk: 'A reboot, or whoever cleans /tmp, deletes the log of the broker.',
    find: facts =>
      forBrokers(
        facts,
        settings => {
          const written = settings.get('log.dirs')
          const dirs = listOf(written === undefined || written === '' ? settings.get('log.dir') : written)
          const bad = dirs.filter(dir => /^\/(var\/)?tmp(\/|$)/.test(dir))
          if (bad.length === 0) return undefined
          return { evidence: `log.dirs=${bad.join(',')}`, fix: settings.change('log.dirs', '/var/lib/kafka/data') }
        },
        'log.dirs',
      ),
  },
  {
    id: 'broker-settings-differ',
    severity: 'warning',
    title: 'Brokers differ in a setting that must be the same',
    risk: 'What holds depends on which broker leads: limits and safety change with every election.',
    find: facts => {
      const known = (facts.cluster?.brokers ?? []).flatMap(({ settings }) => settings ?? [])
      return sharedNames.flatMap(name => {
        const byText = Map.groupBy(known, settings => settings.get(name))
        if (known.length < 2 || byText.size < 2) return []
        const groups = [...byText].sort((a, b) => b[1].length - a[1].length)
        const usual = groups[0]![0] ?? ''
        const told = groups.map(
          ([value, who]) => `${value ?? '(none)'} on ${who.map(({ subject }) => subject).join(', ')}`,
        )
        const [odd] = groups.at(-1)![1]
        return [{ subject: name, evidence: told.join('; '), fix: odd!.change(name, usual) }]
      })
    },
  },
  {
    id: 'broker-rack-missing',
    severity: 'warning',
    title: 'Some brokers say no rack',
    risk: 'Replicas are spread over racks only when every broker says where it is: new topics are refused or spread blindly.',
    find: ({ cluster }) => {
      const brokers = cluster?.brokers ?? []
      const without = brokers.filter(({ rack }) => rack === null)
      if (without.length === 0 || without.length === brokers.length) return []
      return without.map(({ id, settings }) => ({
        subject: `broker ${id}`,
        evidence: `broker.rack is not set; ${brokers.length - without.length} of ${brokers.length} brokers have one`,
        fix: settings?.change('broker.rack', 'RACK') ?? 'set broker.rack in server.properties and restart',
      }))
    },
  },
  {
    id: 'disk-full',
    severity: 'critical',
    title: 'A disk is nearly full',
    risk: 'A broker whose log directory is full stops.',
    find: ({ cluster, commands }) =>
      (cluster?.dirs ?? []).flatMap(({ broker, path, volumeBytes, freeBytes }) => {
        if (volumeBytes === undefined || freeBytes === undefined || freeBytes >= freeShareMin * volumeBytes) return []
        const percent = Math.floor((100 * freeBytes) / volumeBytes)
        return [
          {
            subject: `broker ${broker} ${path}`,
            evidence: `${percent} % free (${freeBytes} of ${volumeBytes} bytes)`,
            fix: commands.tool('kafka-log-dirs', `--describe --broker-list ${broker}`),
            ...(percent >= 5 && { severity: 'warning' as const }),
          },
        ]
      }),
  },
  {
    id: 'disk-offline',
    severity: 'critical',
    title: 'A log directory has failed',
    risk: 'Its replicas are out of service until the disk is replaced.',
    find: ({ cluster, commands }) =>
      (cluster?.dirs ?? [])
        .filter(({ isOnline }) => !isOnline)
        .map(({ broker, path }) => ({
          subject: `broker ${broker} ${path}`,
          evidence: 'the broker says that the directory is offline',
          fix: commands.tool('kafka-log-dirs', `--describe --broker-list ${broker}`),
        })),
  },
]
