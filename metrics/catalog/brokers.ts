// The brokers of a cluster: the brokers collector.
import { metric } from '../metric.ts'

const cluster = ['cluster'] as const
const broker = ['cluster', 'broker'] as const

export const brokerMetrics = {
  clusterInfo: metric({
    name: 'millrace_cluster_info',
    type: 'info',
    labels: [...cluster, 'cluster_id'],
    help: 'The cluster, with the id that it has given itself.',
  }),
  clusterBrokers: metric({
    name: 'millrace_cluster_brokers',
    type: 'gauge',
    labels: cluster,
    help: 'Brokers that are registered and not fenced.',
  }),
  brokerInfo: metric({
    name: 'millrace_broker_info',
    type: 'info',
    labels: [...broker, 'host', 'port', 'rack', 'version'],
    help: 'A broker with its advertised address and its version, as its API versions and features tell it.',
  }),
  brokerUp: metric({
    name: 'millrace_broker_up',
    type: 'gauge',
    labels: broker,
    help: 'Whether the broker answered in the last cycle: 1, or 0. Brokers that hold replicas and are not registered are 0.',
  }),
  brokerResponseSeconds: metric({
    name: 'millrace_broker_response_seconds',
    type: 'gauge',
    labels: broker,
    help: 'How long the broker took to answer a small request on an open connection. No sample: it did not.',
  }),
  brokerApiVersion: metric({
    name: 'millrace_broker_api_version_max',
    type: 'gauge',
    labels: [...broker, 'api'],
    help: 'Highest version of an API that the broker serves, of the APIs that the agent speaks.',
  }),
  brokerCertificate: metric({
    name: 'millrace_listener_certificate_expiry_timestamp_seconds',
    type: 'gauge',
    labels: [...cluster, 'address', 'subject'],
    help: 'When the certificate that a TLS listener shows, or one of its chain, ends, seconds since the epoch.',
  }),
} as const
