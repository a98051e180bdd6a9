// Shows that the page is one text however it is sent: in pieces or as one gzip stream that any inflater takes, in both dialects, whoever
// brought its samples, and whatever was replaced on it. Method: pages small and large, read back by zlib.
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { type Dialect, Family } from '../../metrics/exposition.ts'
import { metric } from '../../metrics/metric.ts'
import { Page } from '../../metrics/page.ts'
import { chunkOf, sectionsOf } from '../../metrics/section.ts'

const lag = metric({ name: 'm_lag_offsets', type: 'gauge', labels: ['group', 'partition'], help: 'How far behind.' })
const cycles = metric({ name: 'm_cycles_total', type: 'counter', labels: ['group'], help: 'Cycles.' })

const sections = (...families: Family[]) => sectionsOf(families, async () => {})

async function texts(page: Page, dialect: Dialect, extra = '') {
  const plain: Uint8Array[] = []
  const { bytes, pieces } = page.plain(dialect, extra)
  for (const { text, release } of pieces) {
    plain.push(Buffer.from(text))
    release()
  }
  expect(Buffer.concat(plain)).toHaveLength(bytes)
  return [Buffer.concat(plain).toString(), gunzipSync(Buffer.concat(page.gzip(dialect, extra))).toString()]
}

describe('a chunk', () => {
  it('leaves nothing of what zlib needed outside of the heap, where no collector would look for it', () => {
    const text = Buffer.from('m_lag_offsets{group="g",partition="1"} 1\n'.repeat(1_000))
    const before = process.memoryUsage().arrayBuffers
    const chunks = Array.from({ length: 100 }, () => chunkOf(text))
    const kept = chunks.reduce((sum, { deflated }) => sum + deflated.buffer.byteLength, 0)
    // 100 buffers of zlib are 6.4 MB.
    expect(process.memoryUsage().arrayBuffers - before - kept).toBeLessThan(1_000_000)
  })
})

describe('sectionsOf', () => {
  it('lets others have their turn after each metric, one without samples too', async () => {
    let pauses = 0
    const made = await sectionsOf([new Family(lag), new Family(cycles)], async () => void pauses++)
    expect(made).toEqual([])
    expect(pauses).toBe(2)
  })
})

describe('the page', () => {
  it('is the same as text and as gzip, in both dialects; what is fresh stands in front', async () => {
    const page = new Page()
    page.put('a', await sections(new Family(lag).set({ group: 'g', partition: '0' }, 3)))
    page.put(
      'b',
      await sections(new Family(cycles).set({ group: 'g' }, 1), new Family(lag).set({ group: 'h', partition: '0' }, 4)),
    )
    const [plain, gzip] = await texts(page, 'prometheus', '# fresh\n')
    expect(gzip).toBe(plain)
    expect(plain).toBe(
      '# fresh\n' +
        '# HELP m_lag_offsets How far behind.\n# TYPE m_lag_offsets gauge\n' +
        'm_lag_offsets{group="g",partition="0"} 3\nm_lag_offsets{group="h",partition="0"} 4\n' +
        '# HELP m_cycles_total Cycles.\n# TYPE m_cycles_total counter\nm_cycles_total{group="g"} 1\n',
    )
    const open = await texts(page, 'openmetrics')
    expect(open[0]).toBe(open[1])
    expect(open[0]).toContain('# TYPE m_cycles counter\nm_cycles_total{group="g"} 1\n')
    expect(open[0]!.endsWith('# EOF\n')).toBe(true)
  })

  it('a source replaces what it had; what it no longer says is gone', async () => {
    const page = new Page()
    page.put('a', await sections(new Family(lag).set({ group: 'gone', partition: '0' }, 3)))
    page.put('a', await sections(new Family(cycles).set({ group: 'g' }, 1)))
    expect((await texts(page, 'prometheus'))[0]).not.toMatch(/gone|m_lag/)
    page.put('a', [])
    expect(await texts(page, 'prometheus')).toEqual(['', ''])
  })

  it('hundreds of thousands of series, names with any characters: not a byte is lost between chunks', async () => {
    const partitions = Array.from({ length: 50_000 }, (_, index) => index)
    const offsets = partitions.map(index => (index % 7 === 0 ? Number.NaN : index * 1e9))
    const groups = ['größe-☃-"quoted"\n', 'x'.repeat(100_000), '𝄞'.repeat(30_000)]
    const family = new Family(lag)
    family.setEach({ group: groups[0]! }, partitions, offsets)
    for (const group of groups.slice(1)) family.setEach({ group }, [1, 2], [5, 6])
    const page = new Page()
    const made = await sections(family)
    expect(made[0]!.chunks.length).toBeGreaterThan(5)
    page.put('a', made)
    const [plain, gzip] = await texts(page, 'prometheus')
    expect(gzip === plain).toBe(true)
    const start = 'm_lag_offsets{group="größe-☃-\\"quoted\\"\\n",partition="'
    const expected = [
      ...partitions.flatMap((index, at) => (at % 7 === 0 ? [] : [`${start}${index}"} ${index * 1e9}`])),
      ...groups
        .slice(1)
        .flatMap(group => [1, 2].map(index => `m_lag_offsets{group="${group}",partition="${index}"} ${index + 4}`)),
    ]
    expect(plain!.split('\n').slice(2, -1).join('\n') === expected.join('\n')).toBe(true)
  })
})
