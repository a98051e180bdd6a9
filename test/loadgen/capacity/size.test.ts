// Shows that the sizing formulas give what they give by hand, with one broker lost too, and that every number says where it is from.
// Method: worked examples; each comment is the arithmetic that was done with pencil and paper.
import { describe, expect, it } from 'vitest'
import type { SaturateReport } from '../../../loadgen/capacity/saturate/report.ts'
import { measuredInputs } from '../../../loadgen/capacity/size/inputs.ts'
import type { Input, SizeInputs } from '../../../loadgen/capacity/size/model.ts'
import { peakFromPrometheus } from '../../../loadgen/capacity/size/prometheus.ts'
import { columnOf, sizeReport } from '../../../loadgen/capacity/size/size.ts'
import { sizeMarkdown, sizeText } from '../../../loadgen/capacity/size/text.ts'
import type { Result } from '../../../loadgen/result.ts'

const input = (name: string, value: number, unit: Input['unit'], from = 'test'): Input => ({ name, value, unit, from })

const inputs = (more: Partial<Record<keyof SizeInputs, number>> = {}): SizeInputs => {
  const value = (key: keyof SizeInputs, otherwise: number, unit: Input['unit'], name: string = key) =>
    input(name, more[key] ?? otherwise, unit, `run of ${key}`)
  return {
    peak: value('peak', 300e6, 'B/s'),
    growth: value('growth', 2, 'ratio'),
    retentionSec: value('retentionSec', 7 * 86_400, 's', 'retention'),
    groups: value('groups', 4, 'count'),
    replication: value('replication', 3, 'count'),
    minInsync: value('minInsync', 2, 'count'),
    compression: value('compression', 2, 'ratio'),
    brokerIn: value('brokerIn', 200e6, 'B/s'),
    brokerOut: value('brokerOut', 400e6, 'B/s'),
    partitionProduce: value('partitionProduce', 20e6, 'B/s'),
    partitionConsume: value('partitionConsume', 50e6, 'B/s'),
    brokerDisk: more.brokerDisk === undefined ? undefined : value('brokerDisk', 0, 'B'),
    consumers: value('consumers', 1, 'count'),
    headroom: value('headroom', 0.3, 'ratio', 'headroom'),
    diskFill: value('diskFill', 0.65, 'ratio', 'disk fill'),
    outageSec: value('outageSec', 1_800, 's', 'outage'),
    drainSec: value('drainSec', 3_600, 's', 'drain'),
  }
}

describe('sizing', () => {
  it('300 MB/s, half of it after compression, 3 replicas, 4 groups, 7 days: by network out', () => {
    // W = 300 x 1 / 2 = 150 MB/s.  in = 150 x 3 = 450.  out = 150 x (3 - 1 + 4 x (1 + 0.5)) = 150 x 8 = 1200.
    // Usable of a broker: in 200 x 0.7 = 140, out 400 x 0.7 = 280.
    // in: ceil(450 / 140) = ceil(3.21) = 4.  out: ceil(1200 / 280) = ceil(4.29) = 5.  R = 3.  So 5 must live: 6 brokers.
    const column = columnOf(inputs(), 1)
    expect(column).toMatchObject({ wireBytesPerSec: 150e6, brokers: 6, decidedBy: 'network out' })
    // Each of 6: in 450 / 6 = 75 (37.5 % of 200), out 1200 / 6 = 200 (50 % of 400).  Of 5: 90 (45 %), 240 (60 %).
    expect(column.perBroker).toMatchObject({
      inBytesPerSec: 75e6,
      outBytesPerSec: 200e6,
      inShare: 0.375,
      outShare: 0.5,
    })
    expect(column.oneLost).toMatchObject({ inBytesPerSec: 90e6, outBytesPerSec: 240e6, inShare: 0.45, outShare: 0.6 })
    // Disk: 150e6 x 604,800 x 3 / 0.65 = 418.7077 TB; of 6: 69.7846, of 5: 83.7415.
    expect(column.diskBytes / 1e12).toBeCloseTo(418.7077, 3)
    expect(column.perBroker.diskBytes / 1e12).toBeCloseTo(69.7846, 3)
    expect(column.oneLost.diskBytes / 1e12).toBeCloseTo(83.7415, 3)
    // Partitions: 2 x max(150 / 20, 150 / 50) = 2 x 7.5 = 15, up to a multiple of 6: 18.  Replicas: 18 x 3 / 6 = 9.
    expect(column).toMatchObject({ partitions: 18, replicasPerBroker: 9 })
  })

  it('1.5x and 2x, and the planned growth beside them when it is another', () => {
    // 1.5x: W 225, in 675 / 140 = 4.82 -> 5, out 1800 / 280 = 6.43 -> 7: 8 brokers.  2x: in 900 / 140 -> 7, out 2400 / 280 = 8.57 -> 9: 10.
    const { columns } = sizeReport(inputs())
    expect(columns.map(({ multiple, brokers, isPlanned }) => [multiple, brokers, isPlanned])).toEqual([
      [1, 6, false],
      [1.5, 8, false],
      [2, 10, true],
    ])
    // 3x: out 3600 / 280 = 12.86 -> 13: 14.
    expect(sizeReport(inputs({ growth: 3 })).columns.map(({ multiple, brokers }) => [multiple, brokers])).toEqual([[1, 6], [1.5, 8], [2, 10], [3, 14]]) // biome-ignore format: one line
  })

  it('disks decide when they are small: what is left after a loss must hold it all', () => {
    // 418.7077 TB over 40 TB = 10.47 -> 11 must live: 12 brokers.
    const column = columnOf(inputs({ brokerDisk: 40e12 }), 1)
    expect(column).toMatchObject({ brokers: 12, decidedBy: 'disk' })
    // 18 is no multiple of 12: 15 up to 24.
    expect(column.partitions).toBe(24)
    expect(column.oneLost.diskBytes).toBeLessThanOrEqual(40e12)
  })

  it('a small load still needs a broker more than replicas', () => {
    // W 0.5 MB/s: one broker would do, three replicas and one lost need four.
    expect(columnOf(inputs({ peak: 1e6 }), 1)).toMatchObject({ brokers: 4, decidedBy: 'replication', partitions: 4 })
  })

  it('never fewer partitions than consumers', () => {
    // max(15, 40) up to a multiple of 6: 42.
    expect(columnOf(inputs({ consumers: 40 }), 1).partitions).toBe(42)
  })

  it('with one broker lost the survivors keep their headroom, whatever the load', () => {
    for (const peak of [1e6, 77e6, 300e6, 1.3e9, 9e9]) {
      const { oneLost } = columnOf(inputs({ peak }), 1)
      expect(oneLost.inShare).toBeLessThanOrEqual(0.7 + 1e-9)
      expect(oneLost.outShare).toBeLessThanOrEqual(0.7 + 1e-9)
    }
  })

  it('tells formulas with their numbers, inputs with their runs, and warns', () => {
    const text = sizeText(sizeReport(inputs()))
    expect(text).toContain('W x (R - 1 + C x (1 + outage / drain))')
    expect(text).toContain('150.0 MB/s x (3 - 1 + 4 x (1 + 30 m / 1 h)) = 1,200.0 MB/s')
    expect(text).toContain('ceil(1,200.0 MB/s / (400.0 MB/s x (1 - 0.3))) + 1 = 6')
    expect(text).toContain('max(ceil(2 x max(150.0 MB/s / 20.0 MB/s, 150.0 MB/s / 50.0 MB/s)), 1), multiple of 6 = 18')
    expect(text).toContain('(run of brokerIn)')
    expect(text).toContain('adding partitions later sends keys to other partitions')
    const { warnings } = sizeReport(inputs({ minInsync: 3, partitionProduce: 1e3 }))
    expect(warnings.some(warning => warning.includes('min.insync.replicas=3 with 3 replicas'))).toBe(true)
    expect(warnings.some(warning => /replicas a broker at 1x: more than about 4,000/.test(warning))).toBe(true)
    expect(sizeReport(inputs({ replication: 2, minInsync: 1 })).warnings).toHaveLength(4)
    expect(sizeMarkdown(sizeReport(inputs()))).toContain('| brokers | 6 | 8 | 10 |')
  })
})

describe('inputs of runs', () => {
  const environment = { cluster: { brokers: [{}, {}, {}] }, topic: { partitions: 12, replicationFactor: 3 } }
  const saturate = (more: object = {}) =>
    ({
      status: 'found',
      interval: { low: 100_000, high: 104_000 },
      search: { recordBytes: 1000 },
      trials: [{ e2eP99Ms: 5 }],
      about: { environment },
      ...more,
    }) as unknown as SaturateReport
  const result = (more: object) =>
    ({ measuredSeconds: 10, environment: { topic: { partitions: 1 } }, ...more }) as unknown as Result

  it('what three brokers sustained, as one of them saw it', () => {
    // 100,000 x 1000 = 100 MB/s, halved by compression: 50 on the wire.  in: 50 x 3 / 3 = 50.  out: 50 x (3 - 1 + 1) / 3 = 50.
    const partitionRuns = [
      {
        path: 'one.json',
        content: result({ produce: { mbPerSec: 30, bytes: 300e6, wireBytes: 150e6, compressionRatio: 2 } }),
      },
      { path: 'read.json', content: result({ consume: { mbPerSec: 90, bytes: 900e6, wireBytes: 900e6 } }) },
    ]
    const measured = measuredInputs({ saturate: { path: 'sat.json', content: saturate() }, partitionRuns })
    if ('problems' in measured) throw new Error(measured.problems.join())
    expect(measured.inputs.brokerIn).toMatchObject({
      value: 50e6,
      from: expect.stringContaining(
        'sat.json: 100000 records/s of 1000 bytes sustained by 3 brokers, replication factor 3, one group',
      ),
    })
    expect(measured.inputs.brokerOut.value).toBe(50e6)
    expect(measured.inputs.compression).toMatchObject({ value: 2, from: 'one.json' })
    expect(measured.inputs.partitionProduce).toMatchObject({ value: 15e6, from: 'one.json: 1 partition' })
    expect(measured.inputs.partitionConsume).toMatchObject({ value: 90e6, from: 'read.json: 1 partition' })
  })

  it('without a run of one partition the sustained rate is a lower bound, and says so', () => {
    const measured = measuredInputs({ saturate: { path: 'sat.json', content: saturate() }, partitionRuns: [] })
    if ('problems' in measured) throw new Error(measured.problems.join())
    expect(measured.inputs.partitionProduce.value).toBeCloseTo(100e6 / 12, 0)
    expect(measured.inputs.partitionProduce.from).toContain('at least')
    expect(measured.warnings).toEqual([expect.stringContaining('lower bounds')])
  })

  it('doubts about the runs are warnings of the plan', () => {
    const content = saturate({ status: 'unconfirmed', trials: [] })
    const measured = measuredInputs({ saturate: { path: 's.json', content }, partitionRuns: [] })
    if ('problems' in measured) throw new Error(measured.problems.join())
    const { warnings } = sizeReport(inputs(), measured.warnings)
    for (const doubt of ['s.json is unconfirmed', 's.json had no consumers', 'lower bounds']) {
      expect(warnings.some(warning => warning.includes(doubt))).toBe(true)
    }
  })

  it('nothing is planned from a search that sustained nothing', () => {
    const none = saturate({ interval: { low: 0 }, about: undefined })
    expect(measuredInputs({ saturate: { path: 's', content: none }, partitionRuns: [] })).toEqual({ problems: ['s says nothing of its cluster', 's: nothing was sustained'] }) // biome-ignore format: one line
  })

  const answer =
    (body: unknown, status = 200) =>
    async (url: string, init: { headers: Record<string, string> }) => {
      asked.push({ url, authorization: init.headers.authorization })
      return { ok: status === 200, status, text: async () => (typeof body === 'string' ? body : JSON.stringify(body)) }
    }
  let asked: { url: string; authorization: string | undefined }[] = []
  const ask = (body: unknown, status?: number) => {
    asked = []
    return peakFromPrometheus(
      { url: 'http://me:secret@prom:9090/', query: 'sum(x)', over: '7d', timeoutMs: 1000 },
      answer(body, status),
    )
  }
  const series = (...values: string[]) => ({
    status: 'success',
    data: { result: values.map(value => ({ value: [0, value] })) },
  })

  it('takes the peak from Prometheus, and tells the query and not the password', async () => {
    const peak = await ask(series('123456789'))
    expect(peak).toMatchObject({ value: 123456789, from: 'http://prom:9090: max_over_time((sum(x))[7d:1m])' })
    expect(asked).toEqual([{ url: 'http://prom:9090/api/v1/query?query=max_over_time((sum(x))%5B7d%3A1m%5D)', authorization: `Basic ${btoa('me:secret')}` }]) // biome-ignore format: one line
  })

  it.each([
    ['no result', series(), 200, 'has no result in this time'],
    ['many series', series('1', '2'), 200, 'has 2 series, and must have one'],
    ['not a number', series('NaN'), 200, 'not a number above zero'],
    ['a refused query', { status: 'error', error: 'parse error' }, 400, 'HTTP 400: parse error'],
    ['something else', '<html>', 200, 'not of Prometheus'],
  ])('%s is told', async (_, body, status, told) => {
    await expect(ask(body, status)).rejects.toMatchObject({ message: expect.stringContaining(told) })
  })
})
