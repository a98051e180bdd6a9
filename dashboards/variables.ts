// What a user chooses on top of a board. Where everything may be chosen, "All" is `.*` and not the list of a thousand names.

import { kafkaExporterMetrics } from '../metrics/catalog/foreign.ts'
import { metrics } from '../metrics/catalog.ts'
import type { Metric } from '../metrics/metric.ts'

export interface Variable {
  readonly name: string
  readonly label: string
  /** Values of the label of a series. */
  readonly series: string
  readonly valuesOf: string
  /** Several, or all. */
  readonly many?: boolean
}

const inCluster = ({ name }: Metric, more = '') => `${name}{cluster="$cluster"${more === '' ? '' : `,${more}`}}`

export const clusterVariable: Variable = {
  name: 'cluster',
  label: 'Cluster',
  series: metrics.collectorUp.name,
  valuesOf: 'cluster',
}
export const topicVariable: Variable = {
  name: 'topic',
  label: 'Topic',
  series: inCluster(metrics.topicPartitions),
  valuesOf: 'topic',
}
export const groupsVariable: Variable = {
  name: 'group',
  label: 'Groups',
  series: inCluster(metrics.groupLag),
  valuesOf: 'group',
  many: true,
}
export const groupVariable: Variable = { ...groupsVariable, label: 'Group', many: false }
export const groupTopicVariable: Variable = {
  name: 'topic',
  label: 'Topic',
  series: inCluster(metrics.groupTopicLag, 'group="$group"'),
  valuesOf: 'topic',
}
export const connectVariable: Variable = {
  name: 'connect',
  label: 'Connect cluster',
  series: inCluster(metrics.connectUp),
  valuesOf: 'connect',
  many: true,
}
export const runTopicVariable: Variable = {
  name: 'topic',
  label: 'Topic',
  series: `${metrics.runInfo.name}{job=~"$job"}`,
  valuesOf: 'topic',
  many: true,
}
export const consumergroupVariable: Variable = {
  name: 'consumergroup',
  label: 'Groups',
  series: `${kafkaExporterMetrics.groupLagSum.name}{job=~"$job"}`,
  valuesOf: 'consumergroup',
  many: true,
}

/** Jobs of Prometheus that have this metric. */
export const jobVariable = ({ name }: Pick<Metric, 'name'>, label: string): Variable => ({
  name: 'job',
  label,
  series: name,
  valuesOf: 'job',
  many: true,
})
