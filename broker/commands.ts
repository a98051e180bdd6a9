// What can be asked of a running cluster from outside: by the thread that started it, and by whoever else learns to. Plain
// data in and out, so that it goes through a message.
import { MillraceError } from '../core/errors.ts'
import { type Fault, type FaultStatus, makeFaults } from './faults.ts'
import type { Partition } from './partition.ts'
import type { RunningCluster } from './running.ts'
import { isProblem } from './topics.ts'

export interface ClusterStats {
  readonly memoryUsedBytes: number
  readonly memoryLimitBytes: number
  readonly connections: number
  readonly topics: number
  readonly partitions: number
  readonly underReplicated: number
  readonly offline: number
  /** Processor time of the broker's thread, microseconds. */
  readonly cpuUs: number
}

export interface TopicCommand {
  readonly name: string
  /** The broker's defaults when left out. */
  readonly partitions?: number
  readonly replicationFactor?: number
  readonly configs?: Readonly<Record<string, string>>
}

export const commands = {
  async stopBroker(running: RunningCluster, brokerId: number): Promise<void> {
    running.state.stopBroker(known(running, brokerId))
    await running.settled()
  },
  async startBroker(running: RunningCluster, brokerId: number): Promise<void> {
    running.state.startBroker(known(running, brokerId))
    await running.settled()
  },
  /** To the next in-sync replica when no broker is named; false when none can lead. */
  moveLeader(running: RunningCluster, topic: string, partition: number, brokerId?: number): boolean {
    return running.state.moveLeader(partitionOf(running, topic, partition), brokerId)
  },
  shrinkIsr(running: RunningCluster, topic: string, partition: number, brokerId: number): boolean {
    return running.state.shrinkIsr(partitionOf(running, topic, partition), known(running, brokerId))
  },
  restoreIsr(running: RunningCluster, topic: string, partition: number): void {
    running.state.restoreIsr(partitionOf(running, topic, partition))
  },
  createTopic({ state }: RunningCluster, wanted: TopicCommand): void {
    const { configs = {}, ...rest } = wanted
    const made = state.topics.create({ ...rest, configs: new Map(Object.entries(configs)) })
    if (isProblem(made)) throw new MillraceError('TOPIC_CREATE_FAILED', `topic '${wanted.name}': ${made.message}`)
  },
  addFault({ state }: RunningCluster, fault: Fault): FaultStatus {
    return state.part(makeFaults).add(fault)
  },
  /** False: there is none with this id. */
  removeFault({ state }: RunningCluster, id: string): boolean {
    return state.part(makeFaults).remove(id)
  },
  clearFaults({ state }: RunningCluster): void {
    state.part(makeFaults).clear()
  },
  listFaults({ state }: RunningCluster): FaultStatus[] {
    return state.part(makeFaults).list()
  },
  closeConnections(running: RunningCluster, brokerId?: number): number {
    return running.closeConnections(brokerId)
  },
  stats(running: RunningCluster): ClusterStats {
    const { state, connections } = running
    const partitions = [...state.partitions()]
    const { user, system } = process.threadCpuUsage()
    return {
      memoryUsedBytes: state.memory.usedBytes,
      memoryLimitBytes: state.memory.limitBytes,
      connections,
      topics: state.topics.size,
      partitions: partitions.length,
      underReplicated: partitions.filter(partition => partition.isUnderReplicated).length,
      offline: partitions.filter(partition => partition.leaderId < 0).length,
      cpuUs: user + system,
    }
  },
} as const

export type CommandName = keyof typeof commands

type Rest<F> = F extends (running: RunningCluster, ...rest: infer R) => unknown ? R : never

export type CommandArgs<N extends CommandName> = Rest<(typeof commands)[N]>
export type CommandResult<N extends CommandName> = Awaited<ReturnType<(typeof commands)[N]>>

/** Runs a command by name, as it comes out of a message. */
export async function runCommand(
  running: RunningCluster,
  name: CommandName,
  args: readonly unknown[],
): Promise<unknown> {
  const command = commands[name] as (running: RunningCluster, ...args: readonly unknown[]) => unknown
  return command(running, ...args)
}

function known({ state }: RunningCluster, brokerId: number): number {
  if (state.brokers.has(brokerId)) return brokerId
  const ids = [...state.brokers.keys()].join(', ')
  throw new MillraceError('CONFIG_INVALID', `there is no broker ${brokerId}; there are ${ids}`)
}

function partitionOf({ state }: RunningCluster, topic: string, index: number): Partition {
  const partition = state.partition(topic, index)
  if (partition !== undefined) return partition
  throw new MillraceError('TOPIC_UNKNOWN', `topic '${topic}' has no partition ${index}`)
}
