// The canary: records that the agent sends to a topic of its own and reads back, one partition for each broker.
import { metric } from '../metric.ts'

const cluster = ['cluster'] as const
const broker = ['cluster', 'broker'] as const
const partition = ['cluster', 'partition'] as const

export const canaryMetrics = {
  canaryCovered: metric({
    name: 'millrace_canary_broker_covered',
    type: 'gauge',
    labels: broker,
    help: 'Whether the broker leads a partition of the canary topic: 1, or 0 when nothing is proven about it.',
  }),
  canaryLeader: metric({
    name: 'millrace_canary_partition_leader_node',
    type: 'gauge',
    labels: partition,
    help: 'Id of the broker that leads the canary partition. No sample: none does.',
  }),
  canarySent: metric({
    name: 'millrace_canary_records_sent_total',
    type: 'counter',
    labels: partition,
    help: 'Records that were sent to the canary partition.',
  }),
  canaryAcknowledged: metric({
    name: 'millrace_canary_records_acknowledged_total',
    type: 'counter',
    labels: partition,
    help: 'Records that all in-sync replicas have acknowledged (acks=all).',
  }),
  canaryReceived: metric({
    name: 'millrace_canary_records_received_total',
    type: 'counter',
    labels: partition,
    help: 'Records that came back, each once.',
  }),
  canaryLost: metric({
    name: 'millrace_canary_records_lost_total',
    type: 'counter',
    labels: partition,
    help: 'Records that were acknowledged at an offset which the reader has passed without finding them there: data loss.',
  }),
  canaryLate: metric({
    name: 'millrace_canary_records_late_total',
    type: 'counter',
    labels: partition,
    help: 'Records that were not back after late-after; most of them come later.',
  }),
  canaryDuplicated: metric({
    name: 'millrace_canary_records_duplicated_total',
    type: 'counter',
    labels: partition,
    help: 'Records that came back once more.',
  }),
  canaryReordered: metric({
    name: 'millrace_canary_records_reordered_total',
    type: 'counter',
    labels: partition,
    help: 'Records that came back after one that was sent later.',
  }),
  canaryUnresolved: metric({
    name: 'millrace_canary_records_unresolved_total',
    type: 'counter',
    labels: partition,
    help: 'Records of which nobody will know: sending them failed, and they did not come within ten minutes.',
  }),
  canaryOverdue: metric({
    name: 'millrace_canary_records_overdue',
    type: 'gauge',
    labels: partition,
    help: 'Records that are acknowledged and still not back after late-after.',
  }),
  canaryFailures: metric({
    name: 'millrace_canary_failures_total',
    type: 'counter',
    labels: [...broker, 'step', 'reason'],
    help: 'Requests of the canary that failed: step is produce, fetch or commit; broker is empty where the coordinator is not known.',
  }),
  canaryProduceSeconds: metric({
    name: 'millrace_canary_produce_seconds',
    type: 'histogram',
    labels: broker,
    help: 'From sending a canary record to its acknowledgement by all in-sync replicas.',
  }),
  canaryEndToEndSeconds: metric({
    name: 'millrace_canary_end_to_end_seconds',
    type: 'histogram',
    labels: broker,
    help: 'From sending a canary record to reading it back.',
  }),
  canaryCommitSeconds: metric({
    name: 'millrace_canary_commit_seconds',
    type: 'histogram',
    labels: cluster,
    help: 'From asking for a commit of offsets to its acknowledgement.',
  }),
} as const
