// Shows the files of latencies: what counts and what does not apart, times that add up to the run's, and errors that are told.
// That Java's own tools read them is shown in test/kafka/hdr-files.test.ts.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Meter } from '../../../loadgen/meter.ts'
import type { WindowTimes } from '../../../loadgen/progress.ts'
import { TimesFiles, withLabel } from '../../../loadgen/report/times-files.ts'
import { allocateSlots, SlotReader, WorkerSlots } from '../../../loadgen/worker/slots.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-times-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

const startedAtMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678)

function worker() {
  const memory = allocateSlots()
  return { slots: new WorkerSlots(memory), reader: new SlotReader(memory) }
}

describe('an interval log', () => {
  it('has a line for each window and kind, and tells what does not count apart', async () => {
    const path = join(dir, 'run.hlog')
    const files = new TimesFiles({ hlog: path })
    await files.check()
    const [producer, consumer] = [worker(), worker()]
    const seen: [string, number][] = []
    const meter = new Meter(0, [producer.reader], [consumer.reader], times => {
      seen.push([`${times.part} ${times.name}`, times.histogram.totalCount])
      files.onWindowTimes({ ...times, startedAtMs })
    })
    producer.slots.warmup.latency.record(1e6, 5)
    consumer.slots.latency.record(3e6, 4)
    meter.close(1e9, 'warm-up')
    producer.slots.warmup.latency.record(1e6, 1)
    for (const name of ['latency', 'service', 'lateness'] as const) producer.slots.measured[name].record(2e6, 10)
    consumer.slots.latency.record(3e6, 9)
    meter.close(2e9, 'measuring')
    producer.slots.measured.latency.record(9e6, 2)
    consumer.slots.latency.record(3e6, 1)
    meter.close(3e9, 'draining')
    await files.close()
    expect(seen).toEqual([
      ['warmup response', 5],
      ['warmup e2e', 4],
      ['measured response', 10],
      ['measured service', 10],
      ['measured lateness', 10],
      ['warmup response', 1],
      ['measured e2e', 9],
      ['measured response', 2],
      ['drain e2e', 1],
    ])
    expect(meter.measuredTimes().map(({ name, histogram }) => [name, histogram.totalCount])).toEqual([
      ['response', 12],
      ['service', 10],
      ['lateness', 10],
      ['e2e', 9],
    ])
    const lines = readFileSync(path, 'utf8').split('\n')
    expect(lines).toContain('#[BaseTime: 1767323045.678 (seconds since epoch)]')
    expect(lines).toContain('#[Histogram log format version 1.3]')
    const tagged = lines.filter(line => line.startsWith('Tag='))
    // The longest of a line is the bottom of its bucket; percentiles are the tops.
    expect(tagged.map(line => line.split(',').slice(0, 4).join(' ').replace(/ +/g, ' '))).toEqual([
      'Tag=warmup-response 0.000 1.000 1.000',
      'Tag=warmup-e2e 0.000 1.000 2.998',
      'Tag=response 1.000 1.000 2.000',
      'Tag=service 1.000 1.000 2.000',
      'Tag=lateness 1.000 1.000 2.000',
      'Tag=warmup-response 1.000 1.000 1.000',
      'Tag=e2e 1.000 1.000 2.998',
      'Tag=response 2.000 1.000 8.995',
      'Tag=drain-e2e 2.000 1.000 2.998',
    ])
  })

  it('costs nothing where nobody asks', () => {
    expect(new Meter(0, [worker().reader], []).produce!.parts).toBeUndefined()
  })
})

describe('files', () => {
  it('of percentiles have the kind in their name', async () => {
    const files = new TimesFiles({ percentiles: join(dir, 'run.hgrm') })
    const { slots, reader } = worker()
    slots.latency.record(2e6, 100)
    const meter = new Meter(0, [reader], [])
    meter.close(1e9, 'measuring')
    files.onMeasuredTimes(meter.measuredTimes())
    await files.close()
    expect(readdirSync(dir)).toEqual(['run.response.hgrm'])
    expect(files.written).toEqual([join(dir, 'run.response.hgrm')])
    expect(readFileSync(files.written[0]!, 'utf8')).toMatch(/^ +Value +Percentile +TotalCount 1\/\(1-Percentile\)\n/)
  })

  it('that cannot be written are found out before the run', async () => {
    await expect(new TimesFiles({ hlog: join(dir, 'no', 'run.hlog') }).check()).rejects.toThrow('does not exist')
    await expect(new TimesFiles({ percentiles: join(dir, 'no', 'run') }).check()).rejects.toThrow('does not exist')
  })

  it('that fail later are told at the end, and keep nobody from working', async () => {
    const files = new TimesFiles({ hlog: dir })
    const { slots, reader } = worker()
    slots.latency.record(2e6, 100)
    const meter = new Meter(0, [reader], [], times => files.onWindowTimes({ ...times, startedAtMs } as WindowTimes))
    meter.close(1e9, 'measuring')
    await expect(files.close()).rejects.toMatchObject({ code: 'OUTPUT_FAILED' })
  })

  it.each([
    ['run.hlog', 'run.r2.hlog'],
    ['a.b/run', 'a.b/run.r2'],
    ['a/.hidden', 'a/.hidden.r2'],
    ['run.tar.gz', 'run.tar.r2.gz'],
  ])('%s of the second run is %s', (path, expected) => expect(withLabel(path, 'r2')).toBe(expected))
})
