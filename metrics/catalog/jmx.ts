// What the JMX exporter exposes of a broker with deploy/jmx_exporter/kafka.yaml: of these names boards and rules are made. Each with a
// bean from which the rules of that file make it, as the exporter writes beans to its patterns: a test holds the two together.
import type { Metric, MetricType } from '../metric.ts'

export interface JmxMetric extends Metric<string> {
  /** `domain<properties><>attribute`; without one the exporter makes the metric itself, of the JVM. */
  readonly bean?: string
}

const jmx = (name: string, type: MetricType, bean: string, help: string, ...labels: readonly string[]): JmxMetric => ({
  name,
  type,
  labels,
  help,
  bean,
})
const jvm = (name: string, type: MetricType, help: string, ...labels: readonly string[]): JmxMetric => ({
  name,
  type,
  labels,
  help,
})

const topics = (what: string, help: string) =>
  jmx(
    `kafka_server_brokertopicmetrics_${what.toLowerCase()}_total`,
    'counter',
    `kafka.server<type=BrokerTopicMetrics, name=${what}PerSec><>Count`,
    help,
  )
const replicas = (what: string, help: string) =>
  jmx(
    `kafka_server_replicamanager_${what.toLowerCase()}`,
    'gauge',
    `kafka.server<type=ReplicaManager, name=${what}><>Value`,
    help,
  )
const requestTime = (what: string, help: string) =>
  jmx(
    `kafka_network_requestmetrics_${what.toLowerCase()}`,
    'gauge',
    `kafka.network<type=RequestMetrics, name=${what}, request=Produce><>99thPercentile`,
    `${help}, milliseconds, as quantile of the broker.`,
    'request',
    'quantile',
  )

export const jmxMetrics = {
  bytesIn: topics('BytesIn', 'Bytes that clients have written.'),
  bytesOut: topics('BytesOut', 'Bytes that clients have read.'),
  messagesIn: topics('MessagesIn', 'Records that clients have written.'),
  failedProduce: topics('FailedProduceRequests', 'Produce requests that failed.'),
  failedFetch: topics('FailedFetchRequests', 'Fetch requests that failed.'),
  handlersIdle: jmx(
    'kafka_server_kafkarequesthandlerpool_requesthandleravgidle_percent',
    'gauge',
    'kafka.server<type=KafkaRequestHandlerPool, name=RequestHandlerAvgIdlePercent><>OneMinuteRate',
    'Share of time that the request handler threads are idle, 0 to 1.',
  ),
  networkIdle: jmx(
    'kafka_network_socketserver_networkprocessoravgidle_percent',
    'gauge',
    'kafka.network<type=SocketServer, name=NetworkProcessorAvgIdlePercent><>Value',
    'Share of time that the network threads are idle, 0 to 1.',
  ),
  requestQueue: jmx(
    'kafka_network_requestchannel_requestqueuesize',
    'gauge',
    'kafka.network<type=RequestChannel, name=RequestQueueSize><>Value',
    'Requests that wait for a request handler.',
  ),
  totalTime: requestTime('TotalTimeMs', 'Time of a request in the broker'),
  queueTime: requestTime('RequestQueueTimeMs', 'Time that a request waits for a handler'),
  localTime: requestTime('LocalTimeMs', 'Time that the leader works on a request'),
  remoteTime: requestTime('RemoteTimeMs', 'Time that a request waits for followers or for data'),
  requests: jmx(
    'kafka_network_requestmetrics_requests_total',
    'counter',
    'kafka.network<type=RequestMetrics, name=RequestsPerSec, request=Produce, version=12><>Count',
    'Requests by API and version.',
    'request',
    'version',
  ),
  errors: jmx(
    'kafka_network_requestmetrics_errors_total',
    'counter',
    'kafka.network<type=RequestMetrics, name=ErrorsPerSec, request=Produce, error=NONE><>Count',
    'Answers by API and error, NONE included.',
    'request',
    'error',
  ),
  purgatory: jmx(
    'kafka_server_delayedoperationpurgatory_purgatorysize',
    'gauge',
    'kafka.server<type=DelayedOperationPurgatory, name=PurgatorySize, delayedOperation=Fetch><>Value',
    'Requests that wait for their condition, by kind.',
    'delayedOperation',
  ),
  underReplicated: replicas(
    'UnderReplicatedPartitions',
    'Partitions that the broker leads with fewer replicas in sync.',
  ),
  underMinIsr: replicas('UnderMinIsrPartitionCount', 'Partitions that the broker leads under min.insync.replicas.'),
  leaders: replicas('LeaderCount', 'Partitions that the broker leads.'),
  isrShrinks: jmx(
    'kafka_server_replicamanager_isrshrinks_total',
    'counter',
    'kafka.server<type=ReplicaManager, name=IsrShrinksPerSec><>Count',
    'Times that a replica fell out of sync.',
  ),
  isrExpands: jmx(
    'kafka_server_replicamanager_isrexpands_total',
    'counter',
    'kafka.server<type=ReplicaManager, name=IsrExpandsPerSec><>Count',
    'Times that a replica came back in sync.',
  ),
  activeControllers: jmx(
    'kafka_controller_kafkacontroller_activecontrollercount',
    'gauge',
    'kafka.controller<type=KafkaController, name=ActiveControllerCount><>Value',
    '1 on the active controller, else 0: over the cluster it is 1.',
  ),
  offlinePartitions: jmx(
    'kafka_controller_kafkacontroller_offlinepartitionscount',
    'gauge',
    'kafka.controller<type=KafkaController, name=OfflinePartitionsCount><>Value',
    'Partitions without a leader, as the controller counts them.',
  ),
  flushTime: jmx(
    'kafka_log_logflushstats_logflushrateandtimems',
    'gauge',
    'kafka.log<type=LogFlushStats, name=LogFlushRateAndTimeMs><>99thPercentile',
    'Time that it takes to flush a log to disk, milliseconds, as quantile of the broker.',
    'quantile',
  ),
  offlineDirs: jmx(
    'kafka_log_logmanager_offlinelogdirectorycount',
    'gauge',
    'kafka.log<type=LogManager, name=OfflineLogDirectoryCount><>Value',
    'Log directories that have failed.',
  ),
  connections: jmx(
    'kafka_server_socketservermetrics_connection_count',
    'gauge',
    'kafka.server<type=socket-server-metrics, listener=PLAINTEXT, networkProcessor=0><>connection-count: 3',
    'Open connections by listener and network thread.',
    'listener',
    'network_processor',
  ),
  raftState: jmx(
    'kafka_server_raftmetrics_current_state',
    'gauge',
    'kafka.server<type=raft-metrics><>current-state: leader',
    'Role of the node in the metadata quorum: 1 for the label that holds.',
    'state',
  ),
  raftCommit: jmx(
    'kafka_server_raftmetrics_commit_latency_avg',
    'gauge',
    'kafka.server<type=raft-metrics><>commit-latency-avg: 3.0',
    'Time to commit to the metadata log, milliseconds, mean. NaN while nothing is committed.',
  ),
  heapUsed: jvm('jvm_memory_used_bytes', 'gauge', 'Memory of the JVM in use, by area.', 'area'),
  heapMax: jvm('jvm_memory_max_bytes', 'gauge', 'Most memory that the JVM may use, by area.', 'area'),
  gcSeconds: jvm('jvm_gc_collection_seconds_sum', 'unknown', 'Time spent collecting garbage.', 'gc'),
  cpu: jvm('process_cpu_seconds_total', 'counter', 'CPU time of the process.'),
  openFiles: jvm('process_open_fds', 'gauge', 'Open files of the process.'),
} as const
