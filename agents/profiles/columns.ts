// Rows of groups as families, for profiles that differ in names and labels only.
import { Family } from '../../metrics/exposition.ts'
import type { Metric } from '../../metrics/metric.ts'
import type { GroupLag } from '../collectors/lag.ts'
import type { GroupRows } from '../lag/group-rows.ts'

/** Other exporters watch one cluster and do not name it. */
export const clusterLabel = (cluster: string, isOnly: boolean): Readonly<Record<string, string>> =>
  isOnly ? {} : { cluster }

/** A sample for each row that has series of its own; NaN leaves it out. The partition is the metric's last label. */
export function eachRow(
  metric: Metric,
  groups: readonly GroupLag[],
  labelsOf: (group: string, topic: string) => Readonly<Record<string, string>>,
  value: (rows: GroupRows, at: number) => number,
): Family {
  return new Family<Metric>(metric).setLater(function* (family) {
    for (const { snapshot, topics } of groups) {
      for (const { rows } of topics) {
        const labels = labelsOf(snapshot.groupId, rows.topic.name)
        yield family.setEach(labels, rows.partitions, at => (rows.isShown(at) ? value(rows, at) : Number.NaN))
      }
    }
  })
}

/** Of the rows for which it is known; undefined when it is of none. */
export function rowsSum(rows: GroupRows, value: (at: number) => number): number | undefined {
  let [sum, known] = [0, 0]
  for (let at = 0; at < rows.length; at++) {
    const one = value(at)
    if (Number.isNaN(one)) continue
    sum += one
    known++
  }
  return known === 0 ? undefined : sum
}

export const columnSum = (values: Float64Array): number | undefined => {
  const known = values.filter(value => !Number.isNaN(value))
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0)
}
