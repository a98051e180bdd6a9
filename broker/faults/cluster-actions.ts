// What a fault, or somebody at the control endpoint, does to the cluster: leaders move, the ISR shrinks, brokers stop.
import type { ClusterState } from '../cluster.ts'
import type { Partition } from '../partition.ts'
import { type ClusterEffect, type FaultMatch, matchesName } from './fault.ts'

export interface Done {
  /** How many partitions or brokers have changed. */
  readonly changes: number
  undo(): void
}

export function act(cluster: ClusterState, effect: ClusterEffect, match: FaultMatch = {}): Done {
  switch (effect.kind) {
    case 'stop-broker':
      return onBroker(cluster, match, false)
    case 'start-broker':
      return onBroker(cluster, match, true)
    default:
      return onPartitions(cluster, match, partition => changePartition(cluster, effect, partition))
  }
}

type Undo = () => void

function onBroker(cluster: ClusterState, { broker: id = -1 }: FaultMatch, isAlive: boolean): Done {
  const broker = cluster.brokers.get(id)
  if (broker === undefined || broker.isAlive === isAlive) return { changes: 0, undo() {} }
  if (isAlive) cluster.startBroker(id)
  else cluster.stopBroker(id)
  return { changes: 1, undo: () => (isAlive ? undefined : cluster.startBroker(id)) }
}

function onPartitions(
  cluster: ClusterState,
  { topic, partition: index }: FaultMatch,
  change: (partition: Partition) => Undo | undefined,
): Done {
  const undos: Undo[] = []
  for (const partition of cluster.partitions()) {
    if (!matchesName(topic, partition.topicName) || (index !== undefined && index !== partition.index)) continue
    const undo = change(partition)
    if (undo !== undefined) undos.push(undo)
  }
  return {
    changes: undos.length,
    undo() {
      for (const undo of undos) undo()
    },
  }
}

type PartitionEffect = Exclude<ClusterEffect, { kind: 'stop-broker' | 'start-broker' }>

/** How to undo it, or undefined when it cannot be done here. */
function changePartition(cluster: ClusterState, effect: PartitionEffect, partition: Partition): Undo | undefined {
  switch (effect.kind) {
    case 'move-leader': {
      const { leaderId } = partition
      return cluster.moveLeader(partition, effect.to) ? () => void cluster.moveLeader(partition, leaderId) : undefined
    }
    case 'shrink-isr': {
      const out = effect.out ?? partition.isr.findLast(id => id !== partition.leaderId)
      if (out === undefined || !cluster.shrinkIsr(partition, out)) return undefined
      return () => cluster.restoreIsr(partition)
    }
    case 'expand-isr':
      if (partition.heldOutOfIsr.size === 0) return undefined
      cluster.restoreIsr(partition)
      return () => undefined
  }
}
