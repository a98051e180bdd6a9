// Shows that every query of every board is PromQL, and names only metrics that are catalogued, with labels that they have. Method: the
// grammar of Prometheus' own web page, over the committed boards, queries of variables and annotations included.
import { describe, expect, it } from 'vitest'
import { interpolate } from '../../dashboards/preview/interpolate.ts'
import { boardFiles, queriesOf } from './boards.ts'
import { cataloguedLabels } from './catalogued.ts'
import { namesIn } from './promql.ts'

const known = cataloguedLabels()
const filled = (text: string) => interpolate(text, { values: {}, rangeSec: 3600, stepSec: 15, scrapeSec: 15 })

function problemsOf(query: string, legend = ''): string[] {
  const { errors, series, grouping, made } = namesIn(filled(query))
  const labels = new Set([...made, ...series.flatMap(({ metric }) => [...(known.get(metric) ?? [])])])
  const inLegend = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(match => match[1]!)
  return [
    ...errors.map(error => `not PromQL ${error}`),
    ...(series.length === 0 ? ['names no metric'] : []),
    ...series.filter(({ metric }) => !known.has(metric)).map(({ metric }) => `${metric} is not catalogued`),
    ...series.flatMap(({ metric, labels: matched }) =>
      matched.filter(label => !known.get(metric)?.has(label)).map(label => `${metric} has no label ${label}`),
    ),
    ...[...grouping, ...inLegend]
      .filter(label => !labels.has(label))
      .map(label => `nothing here has the label ${label}`),
  ]
}

describe('queries of boards', () => {
  it('a query that is wrong is found', () => {
    expect(problemsOf('sum by (broker) (millrace_broker_up{cluster="$cluster"}')).toEqual([
      expect.stringContaining('not PromQL'),
    ])
    expect(problemsOf('millrace_broker_upp')).toContain('millrace_broker_upp is not catalogued')
    expect(problemsOf('millrace_broker_up{topic="t"}')).toEqual(['millrace_broker_up has no label topic'])
    expect(problemsOf('max by (topic) (millrace_broker_up)')).toEqual(['nothing here has the label topic'])
    expect(problemsOf('millrace_broker_up', '{{topic}}')).toEqual(['nothing here has the label topic'])
    expect(problemsOf('rate(millrace_canary_produce_seconds[5m])')).toEqual([
      'millrace_canary_produce_seconds is not catalogued',
    ])
  })

  it.each(boardFiles)('$name', file => {
    const { board } = file
    const queries = queriesOf(file)
    expect(queries.length).toBeGreaterThan(5)
    for (const { where, target } of queries) {
      expect(problemsOf(target.expr, target.legendFormat), `${where}: ${target.expr}`).toEqual([])
      expect(target.instant === true, `${where} is asked for now or over time`).not.toBe(target.range === true)
    }
    for (const { expr = '' } of board.annotations.list ?? []) expect(problemsOf(expr), expr).toEqual([])
    for (const { definition, type } of board.templating.list) {
      if (type === 'datasource') continue
      const [, series, label] = /^label_values\((.*), (\w+)\)$/.exec(definition!)!
      expect(problemsOf(`count by (${label}) (${series})`), definition).toEqual([])
    }
  })
})
