// Shows what the preview of boards serves and hands through, and how it fails; what it draws is shown in test/pages/preview.test.ts.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { boardNames } from '../../dashboards/preview/files.ts'
import { interpolate } from '../../dashboards/preview/interpolate.ts'
import { type Preview, servePreview } from '../../dashboards/preview/server.ts'
import { type CannedPrometheus, cannedPrometheus } from './canned-prometheus.ts'

const anywhere = { host: '127.0.0.1', port: 0 }

describe('the preview', () => {
  let prometheus: CannedPrometheus
  let preview: Preview
  beforeAll(async () => {
    prometheus = await cannedPrometheus()
    preview = await servePreview({ prometheus: `${prometheus.url}/`, listen: anywhere })
  })
  afterAll(async () => {
    await preview?.close()
    prometheus?.close()
  })

  it('has a page for every board, and begins with the overview', async () => {
    const first = await fetch(preview.url)
    expect(first.url).toBe(`${preview.url}/d/millrace-cluster-overview`)
    expect(await first.text()).toContain('Kafka / Cluster overview')
    for (const name of boardNames()) expect((await fetch(`${preview.url}/d/millrace-${name}`)).status).toBe(200)
    expect((await fetch(`${preview.url}/d/millrace-nothing`)).status).toBe(404)
  })

  it('hands queries through, and nothing else of Prometheus', async () => {
    const answer = await fetch(`${preview.url}/api/v1/query?query=up&time=1`)
    expect(await answer.json()).toMatchObject({ status: 'success', data: { result: [{ value: [1, '1'] }] } })
    const before = prometheus.asked.length
    for (const path of ['/api/v1/admin/tsdb/snapshot', '/-/quit', '/api/v1/query/../admin', '/api/v1/status/config'])
      expect((await fetch(`${preview.url}${path}`)).status, path).toBe(404)
    expect((await fetch(`${preview.url}/api/v1/query?query=up`, { method: 'POST' })).status).toBe(405)
    expect(prometheus.asked.length).toBe(before)
  })

  it('says so when nobody answers, without the credentials of the address', async () => {
    const wrong = servePreview({ prometheus: 'http://me:secret@127.0.0.1:1/prom', listen: anywhere })
    await expect(wrong).rejects.toMatchObject({ code: 'PROMETHEUS_UNREACHABLE', exitCode: 20 })
    await expect(wrong).rejects.not.toThrow(/secret/)
  })

  it('says so when the address is taken', async () => {
    const port = Number(new URL(preview.url).port)
    await expect(servePreview({ prometheus: prometheus.url, listen: { ...anywhere, port } })).rejects.toMatchObject({ code: 'OUTPUT_FAILED' }) // biome-ignore format: one line
  })
})

describe('variables', () => {
  const filling = { values: { cluster: 'main', topic: 'a.b' }, rangeSec: 3_600, stepSec: 30, scrapeSec: 15 }
  it.each([
    ['up{cluster="$cluster"}', 'up{cluster="main"}'],
    ['Topic ${topic}', 'Topic a.b'],
    ['rate(x[$__rate_interval])', 'rate(x[60s])'],
    ['increase(x[$__range])', 'increase(x[3600s])'],
    ['$unknown', '$unknown'],
  ])('%s', (text, filled) => expect(interpolate(text, filling)).toBe(filled))
})
