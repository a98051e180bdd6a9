// Shows bench as two processes see it: the books that one run writes are balanced by another that reads its records, also when they
// come only while it reads; lost and doubled records fail it; and --repeat writes one document of several runs, with files of each.
// Method: the real processes against an embedded broker, whose faults lose and repeat what they are told to.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseFault } from '../../broker/index.ts'
import { type EmbeddedCluster, startBroker } from '../../broker/start.ts'
import { setModel } from '../../loadgen/repeat/model.ts'
import { BenchCommand, expectCodedError } from '../kafka/bench/command.ts'

const timeout = 90_000
let broker: EmbeddedCluster
let bench: BenchCommand
beforeAll(async () => {
  broker = await startBroker()
  bench = await BenchCommand.make(broker.bootstrap)
})
afterAll(async () => {
  await bench.remove()
  await broker.close()
})

const create = (topic: string) => ['--topic', topic, '--partitions', '3', '--keep-topic']

describe('books', () => {
  it('of one process are balanced by another', { timeout }, async () => {
    const out = bench.path('whole.json')
    const produced = await bench.run([
      'produce',
      ...create('whole'),
      '--records',
      '50000',
      '--workers',
      '2',
      '--out',
      out,
    ])
    expect(produced.code, produced.stderr).toBe(0)
    const { result, stdout } = await bench.succeed(['consume', '--topic', 'whole', '--books', out])
    const { accounting } = result.consume!
    expect(accounting).toMatchObject({ expectedFrom: 'books', expected: 50_000, received: 50_000, lost: 0, unread: 0 })
    expect(stdout).toContain('by the books of the producing run')

    const part = await bench.run([
      'consume',
      '--topic',
      'whole',
      '--books',
      out,
      '--from',
      'offsets:0=10',
      '--until-end',
    ])
    expectCodedError(part, { code: 'RECORDS_MISSING', exitCode: 10 })
    expect(part.result!.consume!.accounting!.lost).toBe(0)
  })

  it('that are written while the other process reads', { timeout }, async () => {
    const out = bench.path('later.json')
    const making = await bench.run(['produce', ...create('later'), '--records', '1', '--stamp', 'none'])
    expect(making.code).toBe(0)
    const reading = bench.start(['consume', '--topic', 'later', '--books', out, '--records', '20002'])
    await reading.says(`books ${out} are not there yet`)
    const produced = await bench.run(['produce', '--topic', 'later', '--records', '20000', '--out', out])
    expect(produced.code, produced.stderr).toBe(0)
    // The reader ends with this one, and by then the books are there.
    await bench.run(['produce', '--topic', 'later', '--records', '1', '--stamp', 'none'])
    const { code, result, stderr } = await reading.outcome
    expect(code, stderr).toBe(0)
    expect(result!.consume!.accounting).toMatchObject({ expectedFrom: 'books', received: 20_000, unstamped: 2 })
  })

  it('do not balance when the broker has lost the end of a partition and doubled other records', {
    timeout,
  }, async () => {
    const out = bench.path('wrong.json')
    await broker.faults.add(parseFault('lose:percent=5'))
    await broker.faults.add(parseFault('repeat:percent=5'))
    const flags = ['--records', '50000', '--batch-bytes', '4KiB', '--acks', '1', '--out', out]
    const produced = await bench.run(['produce', ...create('wrong'), ...flags])
    await broker.faults.clear()
    const { partitions } = JSON.parse(readFileSync(out, 'utf8')).delivery
    const grown = partitions.reduce(
      (sum: number, { endOffset, startOffset }: never) => sum + endOffset - startOffset,
      0,
    )
    expectCodedError(produced, { code: 'DELIVERY_MISMATCH', exitCode: 10 })
    const read = await bench.run(['consume', '--topic', 'wrong', '--books', out])
    expectCodedError(read, { code: 'RECORDS_LOST', exitCode: 10 })
    const { expected, lost, duplicated } = read.result!.consume!.accounting!
    expect(lost).toBeGreaterThan(0)
    expect(duplicated).toBeGreaterThan(0)
    // What no consumer has a part in says the same.
    expect(expected - lost + duplicated).toBe(grown)
  })

  it('that are none are refused before anything is read', { timeout }, async () => {
    const path = bench.path('none.json')
    writeFileSync(path, '{}')
    const read = await bench.run(['consume', '--topic', 'whole', '--books', path])
    expectCodedError(read, { code: 'BOOKS_UNREADABLE', exitCode: 10 })
    expect(read.result).toBeUndefined()
  })
})

describe('--repeat', () => {
  it('is one document of all runs, and files of each', { timeout }, async () => {
    const out = bench.path('set.json')
    const load = ['--rate', '2k/s', '--duration', '500ms', '--warmup', '0s', '--repeat', '3', '--out', out]
    const files = ['--hlog', bench.path('set.hlog'), '--percentiles', bench.path('set.hgrm')]
    const { code, stdout, stderr } = await bench.run(['produce', ...create('set'), ...load, ...files])
    expect(code, stderr).toBe(0)
    const set = setModel.parse(JSON.parse(readFileSync(out, 'utf8')))
    expect(set).toMatchObject({ verdict: 'ok', asked: 3 })
    expect(set.runs.map(({ result }) => result.produce!.offered)).toEqual([1000, 1000, 1000])
    expect(new Set(set.runs.map(({ result }) => result.produce!.stamp!.run)).size).toBe(3)
    expect(set.summary['produce.latency.p99Ms']).toMatchObject({ count: set.counted })
    expect(stdout).toContain('3 runs')
    const written = ['set.r1.hlog', 'set.r3.hlog', 'set.r2.response.hgrm'].map(name => existsSync(bench.path(name)))
    expect(written).toEqual([true, true, true])
    // One file of books for all of them.
    await bench.succeed(['consume', '--topic', 'set', '--books', out])
  })
})
