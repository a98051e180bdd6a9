// Shows the text that Prometheus reads, in both dialects, and that the catalog keeps the naming conventions.
import { describe, expect, it } from 'vitest'
import { catalog, metrics } from '../../metrics/catalog.ts'
import { dialectOf, endText, Family, setState } from '../../metrics/exposition.ts'
import { metric } from '../../metrics/metric.ts'

const lag = metric({ name: 'm_lag_offsets', type: 'gauge', labels: ['group', 'topic'], help: 'How far "behind".' })
const cycles = metric({ name: 'm_cycles_total', type: 'counter', labels: [], help: 'Cycles\\turns.' })

describe('exposition', () => {
  it('a head a family, a line a sample; what is unknown has no sample', () => {
    const family = new Family(lag).set({ group: 'a', topic: 't' }, 3).set({ group: 'b', topic: 't' }, undefined)
    expect(Family.join([family], 'prometheus')).toBe(
      '# HELP m_lag_offsets How far "behind".\n# TYPE m_lag_offsets gauge\nm_lag_offsets{group="a",topic="t"} 3\n',
    )
    expect(Family.join([new Family(lag)], 'prometheus')).toBe('')
  })

  it('families of one metric from several collectors stand under one head', () => {
    const families = ['x', 'y'].map(group => new Family(lag).set({ group, topic: 't' }, 1))
    expect(Family.join(families, 'prometheus').match(/# TYPE/g)).toHaveLength(1)
  })

  it('names that hold quotes, backslashes and line feeds round-trip; everything else stays', () => {
    const family = new Family(lag).set({ group: 'a"b\\c\nd', topic: 'größe-☃' }, 1)
    expect(Family.join([family], 'prometheus')).toContain('m_lag_offsets{group="a\\"b\\\\c\\nd",topic="größe-☃"} 1\n')
  })

  it('OpenMetrics names a counter family without _total, escapes quotes in help, and has an end', () => {
    const text = Family.join([new Family(cycles).set({}, 7)], 'openmetrics')
    expect(text).toBe('# HELP m_cycles Cycles\\\\turns.\n# TYPE m_cycles counter\nm_cycles_total 7\n')
    expect(Family.join([new Family(lag).set({ group: 'a', topic: 't' }, 0)], 'openmetrics')).toContain(
      'far \\"behind\\".',
    )
    expect([endText('openmetrics'), endText('prometheus')]).toEqual(['# EOF\n', ''])
  })

  it('a state set has a series for each state and one that is 1', () => {
    const family = new Family(metrics.groupStatus)
    setState(family, 'status', { cluster: 'c', group: 'g' }, ['ok', 'stopped'], 'stopped')
    expect(Family.join([family], 'prometheus').split('\n').slice(2, 4)).toEqual([
      'millrace_consumer_group_status{cluster="c",group="g",status="ok"} 0',
      'millrace_consumer_group_status{cluster="c",group="g",status="stopped"} 1',
    ])
  })

  it.each([
    { accept: undefined, dialect: 'prometheus' },
    { accept: 'text/plain;version=0.0.4;q=0.5,*/*;q=0.1', dialect: 'prometheus' },
    { accept: 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5', dialect: 'openmetrics' },
  ])('Accept: $accept is answered with $dialect', ({ accept, dialect }) => {
    expect(dialectOf(accept)).toBe(dialect)
  })
})

describe('the catalog', () => {
  it('names every metric once, with a prefix, a help that is a sentence, and labels that are no part of the name', () => {
    expect(new Set(catalog.map(({ name }) => name)).size).toBe(catalog.length)
    for (const { name, help } of catalog) {
      expect(name).toMatch(/^millrace_/)
      expect(help, name).toMatch(/^[A-Z].*\.$/)
      expect(name, 'base units').not.toMatch(/_(ms|millis|us|kb|mb|percent)(_|$)/)
    }
  })

  it.each([
    { why: 'a gauge that looks like a counter', name: 'm_total', type: 'gauge' },
    { why: 'a counter that does not', name: 'm_cycles', type: 'counter' },
    { why: 'an info without _info', name: 'm_agent', type: 'info' },
    { why: 'a name in capitals', name: 'mLag', type: 'gauge' },
  ] as const)('refuses $why', ({ name, type }) => {
    expect(() => metric({ name, type, labels: [], help: 'Help.' })).toThrow(TypeError)
  })
})
