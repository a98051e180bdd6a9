// Shows that every board is one that Grafana takes and a person can use: fields, ids, places, units, descriptions, links, and the data
// source by its variable alone. The shape against the types that Grafana publishes is checked in schema.test.ts.
import { describe, expect, it } from 'vitest'
import { boardFiles, type Panel, panelsOf, queriesOf } from './boards.ts'

const columns = 24
const datasource = { type: 'prometheus', uid: '${datasource}' }
const uids = boardFiles.map(({ board }) => board.uid)

const overlap = (a: Panel['gridPos'], b: Panel['gridPos']) =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h

describe('boards', () => {
  it('are all that were promised, each with a uid of its own', () => {
    const names = ['agent-health', 'brokers', 'brokers-jmx', 'canary', 'capacity', 'cluster-overview', 'connect', 'consumer-group', 'consumer-lag', 'kafka-exporter-cluster', 'kafka-exporter-lag', 'load-run', 'topics'] // biome-ignore format: a list
    expect(boardFiles.map(({ name }) => name).sort()).toEqual(names)
    expect(new Set(uids).size).toBe(uids.length)
    for (const { name, board } of boardFiles) expect(board.uid).toBe(`millrace-${name}`)
    for (const uid of uids) expect(uid.length).toBeLessThanOrEqual(40)
  })

  describe.each(boardFiles)('$name', ({ name, board }) => {
    const panels = panelsOf(board)

    it('every panel has an id and a place of its own, inside of the grid', () => {
      const ids = board.panels.map(({ id }) => id)
      expect(new Set(ids).size).toBe(ids.length)
      expect(ids.every(Number.isInteger)).toBe(true)
      for (const [index, { title, gridPos }] of board.panels.entries()) {
        expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(columns)
        for (const other of board.panels.slice(index + 1))
          expect(overlap(gridPos, other.gridPos), `${title} and ${other.title}`).toBe(false)
      }
    })

    it('rows of panels are full: nothing is left empty beside a panel', () => {
      const byLine = Map.groupBy(panels, ({ gridPos }) => gridPos.y)
      for (const [y, line] of byLine) {
        expect(new Set(line.map(({ gridPos }) => gridPos.h)).size, `heights in line ${y} of ${name}`).toBe(1)
        expect(
          line.reduce((sum, { gridPos }) => sum + gridPos.w, 0),
          `line ${y} of ${name}: ${line.map(({ title }) => title).join(', ')}`,
        ).toBe(columns)
      }
    })

    it('every panel says what it shows and what to do', () => {
      for (const { title, description } of panels) {
        expect(title).not.toBe('')
        expect(description?.length ?? 0, title).toBeGreaterThan(12)
        expect(description, title).toMatch(/\.$/)
      }
    })

    it('every number has a unit, and every query a name', () => {
      for (const { title, type, fieldConfig, targets } of panels) {
        if (['timeseries', 'stat', 'bargauge', 'heatmap'].includes(type))
          expect(fieldConfig!.defaults.unit, title).toBeDefined()
        const refIds = targets!.map(({ refId }) => refId)
        expect(new Set(refIds).size, title).toBe(refIds.length)
        for (const { legendFormat } of targets!) if (type === 'timeseries') expect(legendFormat, title).toBeTruthy()
      }
    })

    it('data comes from the data source that is chosen on top, and from nowhere else', () => {
      expect(board.templating.list[0]).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' })
      for (const { panel, target, where } of queriesOf({ name, board })) {
        expect(panel.datasource, where).toEqual(datasource)
        expect(target.datasource, where).toEqual(datasource)
      }
      for (const variable of board.templating.list.slice(1)) expect(variable.datasource).toEqual(datasource)
      for (const annotation of board.annotations.list ?? []) expect(annotation.datasource).toEqual(datasource)
    })

    it('links lead to boards that there are', () => {
      const fields = panels.flatMap(
        ({ fieldConfig }) => fieldConfig?.overrides.flatMap(({ properties }) => properties) ?? [],
      )
      const cells = fields.filter(({ id }) => id === 'links').flatMap(({ value }) => value as { url: string }[])
      const urls = [...panels.flatMap(({ links = [] }) => links), ...cells].map(({ url }) => url)
      for (const url of urls) expect(uids).toContain(/^\/d\/([\w-]+)\?/.exec(url)?.[1])
      expect(board.links).toMatchObject([{ type: 'dashboards', tags: ['millrace'], includeVars: true, keepTime: true }])
    })

    it('is readable with a thousand topics: what there may be thousands of is asked for by its top, or for one', () => {
      const many = /\bby \((?:[^)]*\b(?:topic|group|partition|consumergroup|connector)\b)[^)]*\)/
      for (const { where, target, panel } of queriesOf({ name, board })) {
        // Of what it does not have many: partitions of the canary, connectors, the one group or topic that is chosen.
        const isOne = /topic="\$topic"|group="\$group"|millrace_canary_|millrace_connect_|millrace_run_/.test(
          target.expr,
        )
        if (panel.type === 'stat' || isOne || !many.test(target.expr)) continue
        expect(target.expr, where).toMatch(/topk|bottomk|count/)
      }
    })
  })
})
