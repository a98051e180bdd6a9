// The metrics that every process has: CPU, memory, event loop, open files, garbage collection. prom-client keeps them.
import { collectDefaultMetrics, type OpenMetricsContentType, type PrometheusContentType, Registry } from 'prom-client'
import type { Dialect } from './exposition.ts'

/** Gauges with the name of a counter, which promtool refuses. */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']

export interface ProcessMetrics {
  text(dialect: Dialect): Promise<string>
}

export function processMetrics(): ProcessMetrics {
  const registry = new Registry<OpenMetricsContentType | PrometheusContentType>()
  collectDefaultMetrics({ register: registry })
  for (const name of misnamed) registry.removeSingleMetric(name)
  return {
    text: async dialect => {
      registry.setContentType(
        dialect === 'openmetrics' ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE,
      )
      const text = await registry.metrics()
      // The end mark belongs to the end of the whole page.
      return `${text.replace(/# EOF\n?$/, '').trimEnd()}\n`
    },
  }
}
