// Incidents of brokers, replicas and disks: one at a time, because each is felt everywhere.
import { rmSync, statfsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Incident, Scene } from './incident.ts'

const cluster = 'incidents'
/** What a broker that is gone brings, if it is gone for long or several are asked about it. */
const aftermath = [
  { alert: 'MillraceUnderReplicatedPartitions', labels: { cluster } },
  { alert: 'MillraceUnderMinIsrPartitions', labels: { cluster } },
  { alert: 'MillraceQuorumFollowerBehind', labels: { cluster } },
  { alert: 'MillraceCanaryFailing', labels: { cluster } },
  { alert: 'MillraceCanarySlow', labels: { cluster } },
]

/** The last one: the first has the connection of the agent's first question. */
const victim = ({ kafka }: Scene) => kafka.brokers[2]!

export const brokerIncidents: readonly Incident[] = [
  {
    title: 'Broker killed (SIGKILL)',
    begin: scene => victim(scene).kill(),
    end: scene => victim(scene).start(),
    wanted: [{ alert: 'MillraceBrokerDown', labels: { cluster, broker: '3' }, withinSec: 45 }],
    allowed: aftermath,
    resolvedWithinSec: 180,
  },
  {
    title: 'Broker frozen (SIGSTOP)',
    begin: async scene => void process.kill(victim(scene).pid!, 'SIGSTOP'),
    end: async scene => void process.kill(victim(scene).pid!, 'SIGCONT'),
    wanted: [{ alert: 'MillraceBrokerDown', labels: { cluster, broker: '3' }, withinSec: 45 }],
    allowed: aftermath,
    resolvedWithinSec: 180,
  },
  {
    title: 'Followers throttled out of the ISR, min.insync.replicas=3',
    note: 'under-replicated-for 30s for this topic (3m as shipped); Kafka itself waits 30 s (replica.lag.time.max.ms)',
    begin: scene =>
      throttle(
        scene,
        '--add-config',
        'follower.replication.throttled.rate=1',
        'follower.replication.throttled.replicas=*',
      ),
    end: scene =>
      throttle(
        scene,
        '--delete-config',
        'follower.replication.throttled.rate',
        'follower.replication.throttled.replicas',
      ),
    wanted: [
      { alert: 'MillraceUnderMinIsrPartitions', labels: { cluster }, withinSec: 180 },
      { alert: 'MillraceUnderReplicatedPartitions', labels: { cluster }, withinSec: 240 },
    ],
    resolvedWithinSec: 240,
  },
]

async function throttle({ kafka }: Scene, verb: string, rate: string, replicas: string): Promise<void> {
  const alter = (type: string, name: string, change: string) =>
    kafka.tool('kafka-configs', [
      '--bootstrap-server',
      kafka.bootstrap,
      '--entity-type',
      type,
      '--entity-name',
      name,
      '--alter',
      verb,
      change,
    ])
  await alter('topics', 'isr', replicas)
  for (const { id } of kafka.brokers) await alter('brokers', String(id), rate)
}

/** Where the cluster has a volume of its own. */
export function diskIncident(volume: string): Incident {
  const ballast = join(volume, 'ballast')
  return {
    title: 'Volume of the log directories 95 % full',
    note: 'log directories are looked at once a minute',
    begin: async () => {
      const { bsize, bavail, blocks } = statfsSync(volume)
      const file = await open(ballast, 'w')
      const chunk = Buffer.alloc(1024 * 1024)
      for (let left = (bavail - blocks * 0.05) * bsize; left > 0; left -= chunk.length) await file.write(chunk)
      await file.close()
    },
    end: async () => rmSync(ballast),
    wanted: [{ alert: 'MillraceDiskFull', labels: { cluster, broker: '1' }, withinSec: 180 }],
    allowed: [
      { alert: 'MillraceDiskFull', labels: { cluster } },
      { alert: 'MillraceDiskFilling', labels: { cluster } },
    ],
    resolvedWithinSec: 180,
  }
}
