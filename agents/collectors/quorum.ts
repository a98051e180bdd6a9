// The quorum collector: the metadata quorum of a KRaft cluster, node by node.
import { metrics } from '../../metrics/catalog.ts'
import { Family } from '../../metrics/exposition.ts'
import { type CollectorContext, defineCollector, type Look } from '../collector.ts'
import { type Quorum, quorumOf } from '../evaluate/quorum.ts'
import { readQuorum } from '../source/quorum.ts'

export const quorumCollector = defineCollector<Quorum, Record<never, never>>({
  name: 'quorum',
  help: 'leader, epoch, voters and observers of the KRaft quorum, and how far each is behind',
  isOnByDefault: true,
  interval: '15s',
  timeout: '10s',
  settings: {},
  make: context => ({ look: () => look(context) }),
  families: { native: quorumFamilies },
})

async function look({ cluster, timeoutMs, nowMs }: CollectorContext): Promise<Look<Quorum>> {
  const data = quorumOf(await readQuorum(cluster, timeoutMs))
  return { data, gaps: [], takenAtMs: nowMs() }
}

/** Pure. */
export function quorumFamilies(cluster: string, { leader, epoch, highWatermark, nodes }: Quorum): Family[] {
  const info = new Family(metrics.quorumNode)
  const endOffset = new Family(metrics.quorumEndOffset)
  const lag = new Family(metrics.quorumLag)
  const lagSeconds = new Family(metrics.quorumLagSeconds)
  const fetchAge = new Family(metrics.quorumFetchAge)
  for (const { id, role, ...node } of nodes) {
    const labels = { cluster, node: String(id) }
    info.set({ ...labels, role }, 1)
    endOffset.set(labels, node.endOffset)
    lag.set(labels, node.lagOffsets)
    lagSeconds.set(labels, node.lagSec)
    fetchAge.set(labels, node.fetchAgeSec)
  }
  return [
    new Family(metrics.quorumLeader).set({ cluster }, leader),
    new Family(metrics.quorumEpoch).set({ cluster }, epoch),
    new Family(metrics.quorumHighWatermark).set({ cluster }, highWatermark),
    info,
    endOffset,
    lag,
    lagSeconds,
    fetchAge,
  ]
}
