// Shows what becomes of a record that is handled, how far a consumer has got when a transaction is aborted, and that the proof
// finds what is missing, doubled, or where it does not belong.
import { describe, expect, it } from 'vitest'
import { Stamp, streamWord, writeStampRecord, writeStampRun, writeStampText } from '../../../loadgen/payload/stamp.ts'
import type { HandlingPlan } from '../../../loadgen/plan.ts'
import { fails, handle, workMs } from '../../../loadgen/process/handle.ts'
import type { ReadRecord } from '../../../loadgen/process/log-reader.ts'
import { originHeader, originOf } from '../../../loadgen/process/origin.ts'
import type { OutputRecord } from '../../../loadgen/process/output.ts'
import { ProcessPositions } from '../../../loadgen/process/positions.ts'
import { Sheet } from '../../../loadgen/process/proof.ts'
import { Restamper } from '../../../loadgen/process/restamp.ts'

const record = (partition: number, offset: number, key: string | null = null): ReadRecord => ({
  ...{ partition, offset, isAborted: false, timestampMs: 1, headers: [{ key: 'own', value: Buffer.from('h') }] },
  ...{ key: key === null ? null : Buffer.from(key), value: Buffer.from(`value ${offset}`) },
})
const recordsOf = (partition: number, from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => record(partition, from + index))

const plan: HandlingPlan = {
  ...{ forwardTo: 'out', deadLetterTo: 'dead', errorRatio: 0.2, retries: 2, compression: 'none' },
}
const settings = { plan, seed: 1, run: 0xabcd, topic: 'in', partitionsOf: () => 4 }

describe('handling', () => {
  it('fails as often as asked for, for the same records each time', () => {
    const failing = Array.from({ length: 10_000 }, (_, offset) => fails(1, 0.2, offset % 3, offset))
    expect(failing.filter(Boolean).length / failing.length).toBeCloseTo(0.2, 1)
    expect(failing).toEqual(Array.from({ length: 10_000 }, (_, offset) => fails(1, 0.2, offset % 3, offset)))
    expect(failing).not.toEqual(Array.from({ length: 10_000 }, (_, offset) => fails(2, 0.2, offset % 3, offset)))
    expect([fails(1, 0, 0, 5), fails(1, 1, 0, 5)]).toEqual([false, true])
  })

  it('passes a record on as it is, with where it came from, to the partition of its key or to its own', () => {
    const { outputs, forwarded } = handle(
      [record(6, 11), record(5, 12, 'k')],
      { ...settings, plan: { ...plan, errorRatio: 0 } },
      99,
    )
    expect(forwarded).toBe(2)
    expect(outputs.map(({ topic }) => topic)).toEqual(['out', 'out'])
    expect(outputs[0]).toMatchObject({ partition: 2, record: { value: Buffer.from('value 11'), timestampMs: 99 } })
    const { headers = [] } = outputs[1]!.record
    expect(headers[0]).toEqual({ key: 'own', value: Buffer.from('h') })
    expect(originOf(headers, 0xabcd)).toEqual({ partition: 5, offset: 12 })
    expect(originOf(headers, 0xabce)).toBeUndefined()
    expect(originOf([originHeader(1, { partition: 2 ** 20, offset: 2 ** 50 })], 1)).toEqual({
      partition: 2 ** 20,
      offset: 2 ** 50,
    })
  })

  it('leaves what fails to the dead letter queue, and passes it over where there is none', () => {
    const records = recordsOf(0, 0, 100)
    const failing = records.filter(({ offset }) => fails(1, 0.2, 0, offset)).length
    const handled = handle(records, settings, 0)
    expect(handled).toMatchObject({
      forwarded: 100 - failing,
      deadLettered: failing,
      skipped: 0,
      failedTries: 3 * failing,
    })
    expect(handled.outputs.filter(({ topic }) => topic === 'dead')).toHaveLength(failing)
    // Each once, and those that fail twice more.
    expect(workMs(100, handled, plan, 2)).toBe(2 * (100 + 2 * failing))
    const { deadLetterTo: _, ...without } = plan
    expect(handle(records, { ...settings, plan: without }, 0)).toMatchObject({ skipped: failing, deadLettered: 0 })
  })
})

describe('positions', () => {
  const fetched = (positions: ProcessPositions, partition: number, from: number, to: number, nextOffset = to) =>
    positions.take(
      { partition, records: recordsOf(partition, from, to), nextOffset },
      positions.toFetch.get(partition)!,
    )

  it('commit behind markers, once all records before them are handled', () => {
    const positions = new ProcessPositions()
    positions.add(0, 10)
    fetched(positions, 0, 10, 14, 16)
    positions.handled(positions.poll(3))
    expect([...positions.toCommit]).toEqual([[0, 13]])
    positions.handled(positions.poll(3))
    expect([...positions.toCommit]).toEqual([[0, 16]])
  })

  it('go back to what is committed when a transaction is aborted', () => {
    const positions = new ProcessPositions()
    positions.add(0, 0)
    fetched(positions, 0, 0, 10)
    positions.handled(positions.poll(4))
    positions.committed(positions.toCommit)
    positions.handled(positions.poll(4))
    positions.rewind()
    expect({ waiting: positions.hasWaiting, fetch: [...positions.toFetch] }).toEqual({
      waiting: false,
      fetch: [[0, 4]],
    })
  })

  it('take no answer that was asked for before that', () => {
    const positions = new ProcessPositions()
    positions.add(0, 0)
    const asked = positions.toFetch.get(0)!
    fetched(positions, 0, 0, 5)
    expect(positions.take({ partition: 0, records: recordsOf(0, 0, 5), nextOffset: 5 }, asked)).toBe(false)
    positions.remove([0])
    expect(positions.take({ partition: 0, records: [], nextOffset: 9 }, 5)).toBe(false)
  })
})

describe('the proof', () => {
  const sheet = () => {
    const made = Sheet.of(new Map([[0, 100]]), new Map([[0, 110]]))!
    for (let offset = 100; offset < 108; offset++) made.expect(0, offset, offset < 106 ? 'forward' : 'deadLetter')
    return made
  }
  const all = (made: Sheet, but: readonly number[] = []) => {
    for (let offset = 100; offset < 108; offset++) {
      if (!but.includes(offset)) made.found(0, offset, offset < 106 ? 'forward' : 'deadLetter')
    }
    return made
  }
  const balanced = { expected: 8, written: 8, lost: 0, duplicated: 0, unexpected: 0 }

  it('holds when every record is where it belongs, in any order', () => expect(all(sheet()).proof).toEqual(balanced))
  it('finds what is missing', () => expect(all(sheet(), [103, 107]).proof).toMatchObject({ written: 6, lost: 2 }))
  it('finds what is there twice', () => {
    const made = all(sheet())
    made.found(0, 103, 'forward')
    expect(made.proof).toEqual({ ...balanced, duplicated: 1 })
  })
  it('finds what is in the other topic, beyond what is committed, or from nowhere', () => {
    const made = all(sheet(), [103])
    made.found(0, 103, 'deadLetter')
    made.found(0, 112, 'forward')
    made.found(0, 109, 'forward')
    made.found(3, 100, 'forward')
    expect(made.proof).toEqual({ ...balanced, written: 7, lost: 1, unexpected: 4 })
  })
})

describe('stamps of what is passed on', () => {
  const run = { run: 0xabcd, host: 9 }
  const stamped = (form: 'binary' | 'text' | 'header'): OutputRecord => {
    const stamp = Buffer.alloc(32)
    const view = new DataView(stamp.buffer, stamp.byteOffset)
    writeStampRun(view, 0, { run: 1, host: 9 })
    writeStampRecord(view, 0, streamWord(5, 1), 77, 1_000_000, 5)
    const text = Buffer.concat([Buffer.alloc(43), Buffer.from(' rest'), stamp])
    writeStampText(new DataView(text.buffer, text.byteOffset), 0, 48)
    const values = { binary: Buffer.concat([stamp, Buffer.from(' rest')]), text: text.subarray(0, 48), header: null }
    const headers =
      form === 'header'
        ? [
            { key: 'mr', value: stamp },
            { key: 'b', value: null },
          ]
        : []
    return { topic: 'out', partition: 2, record: { key: null, value: values[form], timestampMs: 1, headers } }
  }
  const stampOfRecord = ({ record: { value, headers = [] } }: OutputRecord) => {
    const stamp = new Stamp()
    expect(stamp.readFrom(value, headers.find(({ key }) => key === 'mr')?.value ?? undefined)).toBe(true)
    const { run: by, host, producer, partition, sequence, intendedUs, lateUs } = stamp
    return { run: by, host, producer, partition, sequence, intendedUs, lateUs }
  }

  it.each(['binary', 'text', 'header'] as const)(
    'are of this run, count anew, and keep the intended time: %s',
    form => {
      const restamper = new Restamper(run, 3, () => 1_500_000)
      const first = restamper.apply(stamped(form))
      const same = { run: 0xabcd, host: 9, producer: 3, partition: 2, intendedUs: 1_000_000, lateUs: 500_000 }
      expect(stampOfRecord(first)).toEqual({ ...same, sequence: 0 })
      expect(stampOfRecord(restamper.apply(stamped(form)))).toEqual({ ...same, sequence: 1 })
      if (form !== 'header') expect(first.record.value!.subarray(-5).toString()).toBe(' rest')
    },
  )

  it('are numbered again where a transaction has failed', () => {
    const restamper = new Restamper(run, 0, () => 0)
    restamper.apply(stamped('binary'))
    restamper.begin()
    restamper.apply(stamped('binary'))
    restamper.takeBack()
    expect(stampOfRecord(restamper.apply(stamped('binary'))).sequence).toBe(1)
  })

  it('are not made up for records without one', () => {
    const plainRecord: OutputRecord = {
      topic: 'out',
      partition: 0,
      record: { key: null, value: Buffer.from('x'), timestampMs: 1 },
    }
    expect(new Restamper(run, 0, () => 0).apply(plainRecord)).toBe(plainRecord)
  })
})
