// Every name that may stand in a query: ours, those of other exporters that we serve, those of the JMX exporter, those of processes.

import { kafkaExporterMetrics } from '../../metrics/catalog/foreign.ts'
import { jmxMetrics } from '../../metrics/catalog/jmx.ts'
import { processNames } from '../../metrics/catalog/process.ts'
import { catalog } from '../../metrics/catalog.ts'
import type { Metric } from '../../metrics/metric.ts'

/** What Prometheus adds to every series. */
const ofTarget = ['job', 'instance']

/** Of what Prometheus makes itself of the rules in alerts/, as far as all of them have it. */
const ofAlerts = ['alertname', 'alertstate', 'severity', 'cluster']

/** Name as it is scraped to the labels that it has. */
export function cataloguedLabels(): ReadonlyMap<string, ReadonlySet<string>> {
  const all: readonly Metric[] = [
    ...catalog,
    ...Object.values(kafkaExporterMetrics),
    ...Object.values(jmxMetrics),
    ...Object.values(processNames),
  ]
  const scraped = all.flatMap(seriesOf).map(([name, labels]) => [name, new Set([...labels, ...ofTarget])] as const)
  return new Map([...scraped, ['ALERTS', new Set(ofAlerts)] as const])
}

function seriesOf({ name, type, labels }: Metric): (readonly [string, readonly string[]])[] {
  if (type !== 'histogram') return [[name, labels]]
  return [
    [`${name}_bucket`, [...labels, 'le']],
    [`${name}_sum`, labels],
    [`${name}_count`, labels],
  ]
}
