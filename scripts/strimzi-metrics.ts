// Writes deploy/strimzi/kafka-metrics.yaml: what the brokers' JMX exporter takes, from deploy/jmx_exporter/kafka.yaml, and who scrapes it.
import { readPage, writePage } from './page.ts'

const rules = readPage('deploy/jmx_exporter/kafka.yaml').replaceAll(/^(?=.)/gm, '    ')

writePage(
  'deploy/strimzi/kafka-metrics.yaml',
  `# Made by scripts/strimzi-metrics.ts from deploy/jmx_exporter/kafka.yaml. kafka.yaml refers to the ConfigMap; Strimzi's images have the exporter.
apiVersion: v1
kind: ConfigMap
metadata:
  name: events-jmx-exporter
data:
  kafka.yaml: |
${rules}---
# For the Prometheus operator. Pods are scraped, and not a Service: each broker is one.
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata:
  name: events-kafka
  labels:
    app.kubernetes.io/name: millrace
spec:
  selector:
    matchLabels:
      strimzi.io/cluster: events
      strimzi.io/pool-name: nodes
  podMetricsEndpoints:
    - port: tcp-prometheus
      path: /metrics
      # A page costs a broker more than what the agent asks.
      interval: 30s
      relabelings:
        - sourceLabels: [__meta_kubernetes_pod_name]
          targetLabel: instance
`,
)
