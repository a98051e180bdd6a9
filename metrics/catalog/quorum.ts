// The KRaft quorum: who leads it, and how far the other nodes are behind in the metadata log.
import { metric } from '../metric.ts'

const cluster = ['cluster'] as const
const node = ['cluster', 'node'] as const

export const quorumMetrics = {
  quorumLeader: metric({
    name: 'millrace_quorum_leader_node',
    type: 'gauge',
    labels: cluster,
    help: 'Node id of the active controller, the leader of the metadata quorum. No sample: there is none.',
  }),
  quorumEpoch: metric({
    name: 'millrace_quorum_leader_epoch',
    type: 'gauge',
    labels: cluster,
    help: 'Epoch of the leader of the metadata quorum: each election raises it.',
  }),
  quorumHighWatermark: metric({
    name: 'millrace_quorum_high_watermark_offset',
    type: 'gauge',
    labels: cluster,
    help: 'End of what a majority of the voters has of the metadata log.',
  }),
  quorumNode: metric({
    name: 'millrace_quorum_node_info',
    type: 'info',
    labels: [...node, 'role'],
    help: 'A node of the metadata quorum: role is leader, follower (a voter) or observer (a broker that only reads).',
  }),
  quorumEndOffset: metric({
    name: 'millrace_quorum_node_log_end_offset',
    type: 'gauge',
    labels: node,
    help: 'End of the metadata log of the node. No sample: the leader does not know it.',
  }),
  quorumLag: metric({
    name: 'millrace_quorum_node_lag_offsets',
    type: 'gauge',
    labels: node,
    help: 'Offsets of the metadata log by which the node is behind the leader.',
  }),
  quorumLagSeconds: metric({
    name: 'millrace_quorum_node_lag_seconds',
    type: 'gauge',
    labels: node,
    help: 'How long ago the node had all of the metadata log, by the clock of the leader (KIP-836). No sample: it has not since the leader took office.',
  }),
  quorumFetchAge: metric({
    name: 'millrace_quorum_node_last_fetch_age_seconds',
    type: 'gauge',
    labels: node,
    help: 'How long ago the node last asked the leader for more, by the clock of the leader (KIP-836). No sample: it has not since the leader took office.',
  }),
} as const
