// Of the metrics that every process has (prom-client's, metrics/process-metrics.ts): those that boards and rules name.
import type { Metric } from '../metric.ts'

const own = (name: string, type: Metric['type'], help: string): Metric<string> => ({ name, type, labels: [], help })

export const processNames = {
  cpu: own('process_cpu_seconds_total', 'counter', 'CPU time of the process.'),
  memory: own('process_resident_memory_bytes', 'gauge', 'Resident memory of the process.'),
  loopLate: own('nodejs_eventloop_lag_p99_seconds', 'gauge', 'How late the event loop was, 99th percentile.'),
} as const
