// Shows that a page of megabytes arrives whole as text and as gzip, several at a time, and that a scraper that goes away in the middle, or
// takes its time, harms nobody else. Method: the server itself, on a free port.
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Family } from '../../metrics/exposition.ts'
import { metric } from '../../metrics/metric.ts'
import { Page } from '../../metrics/page.ts'
import { sectionsOf } from '../../metrics/section.ts'
import { type MetricsServer, serveMetrics } from '../../metrics/server.ts'

const lag = metric({ name: 'm_lag_offsets', type: 'gauge', labels: ['group', 'partition'], help: 'How far behind.' })
const partitions = Array.from({ length: 60_000 }, (_, index) => index)
const samples = partitions.map(index => `m_lag_offsets{group="readers",partition="${index}"} ${index * 7}\n`)
const expected = `# fresh\n# HELP m_lag_offsets How far behind.\n# TYPE m_lag_offsets gauge\n${samples.join('')}`

let server: MetricsServer
beforeAll(async () => {
  const page = new Page()
  const family = new Family(lag)
  family.setEach(
    { group: 'readers' },
    partitions,
    partitions.map(index => index * 7),
  )
  page.put('a', await sectionsOf([family], async () => {}))
  const freshText = async () => '# fresh\n'
  server = await serveMetrics({
    ...{ host: '127.0.0.1', port: 0, page, freshText },
    notReady: () => [],
    onNotice: () => {},
  })
})
afterAll(() => server?.close())

async function text(encoding: string): Promise<string> {
  const response = await fetch(`${server.url}/metrics`, { headers: { 'accept-encoding': encoding } })
  expect(response.headers.get('content-encoding')).toBe(encoding === 'gzip' ? 'gzip' : null)
  return response.text()
}

it('the same page to all who ask at once, as text and as gzip', async () => {
  const pages = await Promise.all(['identity', 'gzip', 'identity', 'gzip', 'identity'].map(text))
  expect(pages.map(page => page === expected)).toEqual([true, true, true, true, true])
})

it('one that asks for nothing but the head gets the length of the text', async () => {
  const response = await fetch(`${server.url}/metrics`, { method: 'HEAD', headers: { 'accept-encoding': 'identity' } })
  expect(response.headers.get('content-length')).toBe(String(expected.length))
})

it('scrapers that take nothing, and go away in the middle, hold up nobody', async () => {
  const { port } = new URL(server.url)
  const sleepers = await Promise.all(
    [1, 2, 3].map(async () => {
      const socket = connect({ host: '127.0.0.1', port: Number(port) })
      socket.write('GET /metrics HTTP/1.1\r\nhost: 127.0.0.1\r\naccept-encoding: identity\r\n\r\n')
      await once(socket, 'readable')
      return socket
    }),
  )
  expect((await text('identity')) === expected).toBe(true)
  for (const socket of sleepers) socket.destroy()
  expect((await text('identity')) === expected).toBe(true)
})
