// Shows what each time of a record is made of, that response is lateness plus service, and that a record belongs to the part of the
// run in which it was meant to be sent, whenever its answer came.
import { describe, expect, it } from 'vitest'
import { makeHistogram } from '../../../core/histogram.ts'
import { Batch } from '../../../loadgen/worker/batch.ts'
import { allocateSlots, SlotReader, type TimeName, timeNames, WorkerSlots } from '../../../loadgen/worker/slots.ts'
import { Stopwatch } from '../../../loadgen/worker/stopwatch.ts'

const msNs = 1e6

interface Acknowledged {
  readonly intendedMs: readonly number[]
  readonly sentMs: number
  readonly ackMs: number
}

function timesOf({ intendedMs, sentMs, ackMs }: Acknowledged, { hasIntended = true, measuredFromMs = 0 } = {}) {
  const memory = allocateSlots()
  const stopwatch = new Stopwatch(new WorkerSlots(memory), hasIntended)
  stopwatch.measureFrom(measuredFromMs * msNs)
  const batch = new Batch(0)
  batch.open(0, 0)
  for (const ms of intendedMs) batch.countFrom(ms * msNs)
  batch.sentAtNs = sentMs * msNs
  stopwatch.acknowledged(batch, ackMs * msNs)
  const reader = new SlotReader(memory)
  const told = (part: 'measured' | 'warmup') =>
    Object.fromEntries(
      timeNames.filter(isOfProducers).map(name => {
        const histogram = makeHistogram()
        reader[part][name].drainInto(histogram)
        const at = (percentile: number) => Math.round(histogram.getValueAtPercentile(percentile) / msNs)
        return [name, { count: histogram.totalCount, least: at(0), most: at(100) }]
      }),
    )
  return { measured: told('measured'), warmup: told('warmup') }
}

const isOfProducers = (name: TimeName) => name !== 'sinceSent' && name !== 'commit'
const none = { count: 0, least: 0, most: 0 }

describe('the times of a batch', () => {
  it('are response, lateness and service', () => {
    const { measured, warmup } = timesOf({ intendedMs: [100, 102, 108], sentMs: 110, ackMs: 150 })
    expect(measured).toEqual({
      latency: { count: 3, least: 42, most: 50 },
      lateness: { count: 3, least: 2, most: 10 },
      service: { count: 3, least: 40, most: 40 },
    })
    expect(warmup).toEqual({ latency: none, service: none, lateness: none })
  })

  it('go to the part of the run in which a record was meant to be sent', () => {
    const { measured, warmup } = timesOf(
      { intendedMs: [90, 95, 100, 105, 106], sentMs: 110, ackMs: 120 },
      { measuredFromMs: 100 },
    )
    expect([warmup.latency, warmup.service!.count]).toEqual([{ count: 2, least: 25, most: 30 }, 2])
    expect([measured.latency, measured.service!.count]).toEqual([{ count: 3, least: 14, most: 20 }, 3])
  })

  it('have no lateness where nothing was intended', () => {
    const { measured } = timesOf({ intendedMs: [100, 100], sentMs: 110, ackMs: 150 }, { hasIntended: false })
    expect(measured).toMatchObject({
      latency: { count: 2, least: 50 },
      lateness: none,
      service: { count: 2, least: 40 },
    })
  })
})
