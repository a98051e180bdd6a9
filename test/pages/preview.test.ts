// Shows that the preview draws boards in a real browser: each panel with what Prometheus answers, names as text and never as
// markup, links that lead down, and nothing in the console. Prometheus is canned; test/kafka/dashboards.test.ts asks a real one.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Preview, servePreview } from '../../dashboards/preview/server.ts'
import { type CannedPrometheus, cannedPrometheus } from '../dashboards/canned-prometheus.ts'
import { describePages } from './browser.ts'

describePages('the preview of boards', open => {
  let prometheus: CannedPrometheus
  let preview: Preview
  beforeAll(async () => {
    prometheus = await cannedPrometheus()
    preview = await servePreview({ prometheus: prometheus.url, listen: { host: '127.0.0.1', port: 0 } })
  })
  afterAll(async () => {
    await preview?.close()
    prometheus?.close()
  })

  /** Between them they have every kind of panel. */
  it.each(['cluster-overview', 'load-run', 'topics'])('%s: every panel is drawn', async name => {
    const { page, complaints } = await open(`${preview.url}/d/millrace-${name}?minutes=15`)
    await page.waitForSelector('body[data-drawn]')
    const empty = await page.$$eval('.panel', panels =>
      panels
        .filter(panel => panel.querySelector('canvas, table, .bar, .state, .stat:not(.none)') === null)
        .map(panel => panel.querySelector('h2')!.textContent),
    )
    expect(empty).toEqual([])
    expect(await page.$$eval('main b b, main td b', found => found.length)).toBe(0)
    expect(complaints).toEqual([])
    await page.close()
  })

  it('a group leads to its board, with what was chosen before', async () => {
    const { page } = await open(`${preview.url}/d/millrace-consumer-lag?minutes=15&var-cluster=one`)
    await page.waitForSelector('body[data-drawn]')
    await page.click('td a')
    await page.waitForURL(/millrace-consumer-group/)
    const { searchParams } = new URL(page.url())
    // The one with more is first.
    expect([searchParams.get('var-group'), searchParams.get('var-cluster'), searchParams.get('minutes')]).toEqual([
      '<b>two</b>',
      'one',
      '15',
    ])
    await page.close()
  })
})
