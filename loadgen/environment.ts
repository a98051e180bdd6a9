// Where a run took place: a number without this cannot be compared with another one.
import { availableParallelism, cpus, type as osType, release, totalmem } from 'node:os'
import { packageVersion } from '../core/version.ts'
import { describeBroker } from '../wire/admin.ts'
import type { Cluster } from '../wire/cluster.ts'
import type { MachineIdentity } from './headroom/calibration.ts'
import type { Result } from './result.ts'
import type { RunTopic } from './topic.ts'

/** What a calibration holds for. */
export const machineIdentity = (): MachineIdentity => ({
  cpuModel: cpus()[0]?.model ?? 'unknown',
  cpus: availableParallelism(),
  node: process.version,
  millrace: packageVersion(),
})

export async function describeEnvironment(
  cluster: Cluster,
  topic: RunTopic,
  startedAt: Date,
): Promise<Result['environment']> {
  const { clusterId, brokers } = await cluster.metadata([topic.name])
  const { version } = await describeBroker(cluster)
  const machine = machineIdentity()
  const { name, partitions, replicationFactor, created, configs, leaders } = topic
  return {
    startedAt: startedAt.toISOString(),
    host: {
      os: `${osType()} ${release()}`,
      cpuModel: machine.cpuModel,
      cpus: machine.cpus,
      memoryBytes: totalmem(),
    },
    node: machine.node,
    millrace: machine.millrace,
    cluster: {
      clusterId,
      version,
      brokers: [...brokers].map(([id, { host, port, rack }]) => ({ id, host, port, rack: rack ?? null })),
    },
    topic: { name, partitions, replicationFactor, created, configs: { ...configs }, leaders: [...leaders] },
  }
}
